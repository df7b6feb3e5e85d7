import type { DeployRequest, RemovedWireFate } from '@sluice/protocol';

/**
 * What becomes of messages on removed wires: `drain` or `dead-letter` for all, or a list such as
 * `w1=drain,w2=move:w3,w4=dead-letter`. `undefined`: it is neither.
 */
export function readRemovedWires(text: string): DeployRequest['removedWires'] {
  if (text === 'drain' || text === 'dead-letter') return text;
  const fates: Record<string, RemovedWireFate> = {};
  for (const entry of text.split(',')) {
    const [wireId = '', what = '', ...more] = entry.trim().split('=');
    const fate = readFate(what);
    if (wireId === '' || fate === undefined || more.length > 0) return undefined;
    fates[wireId] = fate;
  }
  return fates;
}

function readFate(text: string): RemovedWireFate | undefined {
  if (text === 'drain' || text === 'dead-letter') return { do: text };
  const [what, to = '', ...more] = text.split(':');
  return what === 'move' && to !== '' && more.length === 0 ? { do: what, to } : undefined;
}
