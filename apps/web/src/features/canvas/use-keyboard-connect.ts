import { firstPort, portsOf, type Delivery } from '@sluice/pipeline';
import { useCallback, useState } from 'react';
import { useCanvasStore, useCatalogue } from '../../lib/draft/canvas-context.tsx';
import { validTargets } from '../../lib/draft/connection-rules.ts';
import { ownPorts } from '../../lib/draft/ports.ts';
import { titleOf } from '../../lib/draft/node-title.ts';

interface ConnectPort {
  /** As a wire names it: `null` is the first port. */
  readonly port: string | null;
  /** In words, where there is a choice. */
  readonly shown: string | null;
}

type Gesture =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'connecting';
      readonly fromNode: string;
      readonly ports: readonly ConnectPort[];
      readonly portIndex: number;
      readonly targets: readonly string[];
      readonly index: number;
      readonly delivery: Delivery;
    };

export interface ConnectBannerModel {
  readonly from: string;
  readonly port: string | null;
  readonly ports: number;
  readonly to: string;
  readonly delivery: Delivery;
  readonly index: number;
  readonly count: number;
}

/** Drawing a wire without a pointer: start at a node, choose a target among those that can take it, confirm. */
export function useKeyboardConnect() {
  const store = useCanvasStore();
  const catalogue = useCatalogue();
  const [gesture, setGesture] = useState<Gesture>({ kind: 'idle' });

  const enter = useCallback(
    (next: Extract<Gesture, { kind: 'connecting' }>) => {
      setGesture(next);
      const { document, announce } = store.getState();
      const shown = next.ports[next.portIndex]?.shown ?? null;
      const port = shown === null ? '' : ` port ${shown}`;
      announce(
        `Connect ${titleOf(document, next.fromNode, catalogue)}${port} to ${titleOf(document, next.targets[next.index] ?? '', catalogue)} by ${next.delivery}, ${next.index + 1} of ${next.targets.length}`,
      );
    },
    [store, catalogue],
  );

  const start = useCallback(
    (fromNode: string): void => {
      const { document, announce } = store.getState();
      const node = document.nodes.find((candidate) => candidate.id === fromNode);
      const definition = catalogue.find(node?.type ?? '');
      const first = definition === undefined ? undefined : firstPort(definition, node?.config)?.name;
      const isOneOfMany = definition !== undefined && ownPorts(definition, node?.config).length > 1;
      const ports: readonly ConnectPort[] =
        definition === undefined
          ? []
          : portsOf(definition, node?.config).map(({ name }) => ({
              port: name === first ? null : name,
              shown: name === first && !isOneOfMany ? null : name,
            }));
      const port = ports[0]?.port ?? null;
      const targets = validTargets(document, catalogue, { fromNode, port, delivery: 'pull' }).map(({ id }) => id);
      if (ports.length === 0)
        announce(`${titleOf(document, fromNode, catalogue)} ends the pipeline: it has nothing to send on.`);
      else if (targets.length === 0)
        announce('There is no node that this one can be wired to. Add a step or a sink first.');
      else enter({ kind: 'connecting', fromNode, ports, portIndex: 0, targets, index: 0, delivery: 'pull' });
    },
    [store, catalogue, enter],
  );

  const cancel = useCallback((): void => {
    setGesture({ kind: 'idle' });
    store.getState().announce('Connecting cancelled');
  }, [store]);

  /** Answers the wire's source when a wire was drawn. */
  const confirm = useCallback((): void => {
    if (gesture.kind !== 'connecting') return;
    const to = gesture.targets[gesture.index];
    setGesture({ kind: 'idle' });
    if (to === undefined) return;
    const port = gesture.ports[gesture.portIndex]?.port ?? null;
    const check = store.getState().connectPorts({ fromNode: gesture.fromNode, port, to, delivery: gesture.delivery });
    const { document, announce } = store.getState();
    if (check.ok)
      announce(
        `Connected ${titleOf(document, gesture.fromNode, catalogue)} to ${titleOf(document, to, catalogue)} by ${gesture.delivery}`,
      );
  }, [gesture, store, catalogue]);

  /** Answers whether the key was part of the gesture. */
  const handleKey = useCallback(
    (key: string): boolean => {
      if (gesture.kind !== 'connecting') return false;
      const { targets, index, ports, portIndex, fromNode } = gesture;
      const retarget = (delivery: Delivery, nextPort: number): void => {
        const port = ports[nextPort]?.port ?? null;
        const next = validTargets(store.getState().document, catalogue, { fromNode, port, delivery }).map(
          (node) => node.id,
        );
        const kept = next.indexOf(targets[index] ?? '');
        if (next.length > 0)
          enter({ ...gesture, delivery, portIndex: nextPort, targets: next, index: Math.max(0, kept) });
      };
      switch (key) {
        case 'Escape':
          cancel();
          return true;
        case 'Enter':
        case ' ':
          confirm();
          return true;
        case 'ArrowDown':
        case 'ArrowRight':
          enter({ ...gesture, index: (index + 1) % targets.length });
          return true;
        case 'ArrowUp':
        case 'ArrowLeft':
          enter({ ...gesture, index: (index - 1 + targets.length) % targets.length });
          return true;
        case 'p':
          retarget(gesture.delivery, (portIndex + 1) % ports.length);
          return true;
        case '1':
          retarget('push', portIndex);
          return true;
        case '2':
          retarget('pull', portIndex);
          return true;
        case '3':
          retarget('event', portIndex);
          return true;
        default:
          return key !== 'Tab';
      }
    },
    [gesture, store, catalogue, enter, cancel, confirm],
  );

  const { document } = store.getState();
  const banner: ConnectBannerModel | null =
    gesture.kind === 'idle'
      ? null
      : {
          from: titleOf(document, gesture.fromNode, catalogue),
          port: gesture.ports[gesture.portIndex]?.shown ?? null,
          ports: gesture.ports.length,
          to: titleOf(document, gesture.targets[gesture.index] ?? '', catalogue),
          delivery: gesture.delivery,
          index: gesture.index,
          count: gesture.targets.length,
        };
  return {
    start,
    handleKey,
    banner,
    candidateId: gesture.kind === 'connecting' ? (gesture.targets[gesture.index] ?? null) : null,
  };
}

export type KeyboardConnect = ReturnType<typeof useKeyboardConnect>;
