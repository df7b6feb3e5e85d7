import type { CanvasElement } from '../../lib/draft/selection.ts';

/** Moves the keyboard's focus to a node or a wire's chip, once it is drawn. */
export function focusElement(container: HTMLElement | null, element: CanvasElement): void {
  const selector =
    element.kind === 'node'
      ? `.react-flow__node[data-id="${CSS.escape(element.id)}"]`
      : `[data-wire-id="${CSS.escape(element.id)}"]`;
  const attempt = (left: number): void => {
    const found = container?.querySelector<HTMLElement>(selector);
    if (found?.checkVisibility({ visibilityProperty: true }) === true) found.focus({ preventScroll: true });
    else if (left > 0) requestAnimationFrame(() => attempt(left - 1));
  };
  requestAnimationFrame(() => attempt(10));
}
