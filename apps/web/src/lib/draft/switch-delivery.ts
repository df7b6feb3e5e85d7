import type { Call, Delivery, Log, Queue, WireDocument } from '@sluice/pipeline';

export interface ParkedSettings {
  readonly call?: Call;
  readonly queue?: Queue;
  readonly log?: Log;
}

/** The wire under another delivery, with the settings it had when it was that before, and what is to be kept for later. */
export function switchDelivery(
  wire: WireDocument,
  delivery: Delivery,
  parked: ParkedSettings,
): { readonly switched: WireDocument; readonly kept: ParkedSettings } {
  const kept = { ...parked, ...settingsOf(wire) };
  const ends = { id: wire.id, from: wire.from, to: wire.to };
  switch (delivery) {
    case 'push':
      return { kept, switched: { ...ends, delivery, ...(kept.call === undefined ? {} : { call: kept.call }) } };
    case 'pull':
      return { kept, switched: { ...ends, delivery, ...(kept.queue === undefined ? {} : { queue: kept.queue }) } };
    case 'event':
      return { kept, switched: { ...ends, delivery, ...(kept.log === undefined ? {} : { log: kept.log }) } };
  }
}

function settingsOf(wire: WireDocument): ParkedSettings {
  switch (wire.delivery) {
    case 'push':
      return wire.call === undefined ? {} : { call: wire.call };
    case 'pull':
      return wire.queue === undefined ? {} : { queue: wire.queue };
    case 'event':
      return wire.log === undefined ? {} : { log: wire.log };
  }
}
