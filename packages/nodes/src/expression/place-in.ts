const EXCERPT_HALF = 15;

/** Says where in an expression something stands: `(at position 12, near "lines.(price")`. */
export function placeIn(text: string, position: number): string {
  const near = text.slice(Math.max(0, position - EXCERPT_HALF), position + EXCERPT_HALF).replaceAll(/\s+/g, ' ');
  return `(at position ${position}, near "${near}")`;
}
