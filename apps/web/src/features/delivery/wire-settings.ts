import {
  callSchema,
  logSchema,
  queueSchema,
  type Delivery,
  type NodeCatalogue,
  type PipelineDocument,
  type WireDocument,
} from '@sluice/pipeline';
import { ENGINE_DEFAULTS, workersOf } from '../../lib/draft/engine-defaults.ts';
import { exactNumber, humaneBytes } from '../../lib/format/compact-number.ts';
import type { FieldTexts, Value } from '../../ui/schema-form/field-model.ts';
import { fieldSchemaOf, type FieldSchema } from '../../ui/schema-form/json-schema.ts';

/** Name of the settings of each delivery in a wire's document. */
export const SETTINGS = { push: 'call', pull: 'queue', event: 'log' } as const satisfies Record<Delivery, string>;

const SCHEMAS = { push: callSchema, pull: queueSchema, event: logSchema } as const;

export function settingsOf(wire: WireDocument): Value {
  switch (wire.delivery) {
    case 'push':
      return wire.call ?? {};
    case 'pull':
      return wire.queue ?? {};
    case 'event':
      return wire.log ?? {};
  }
}

/** The wire with other settings; values come from a strict form, which lets only valid ones through. */
export function withSettings(wire: WireDocument, value: Value): WireDocument {
  const ends = { id: wire.id, from: wire.from, to: wire.to };
  const empty = Object.keys(value).length === 0;
  switch (wire.delivery) {
    case 'push': {
      const call = callSchema.safeParse(value);
      return empty || !call.success
        ? empty
          ? { ...ends, delivery: 'push' }
          : wire
        : { ...ends, delivery: 'push', call: call.data };
    }
    case 'pull': {
      const queue = queueSchema.safeParse(value);
      return empty || !queue.success
        ? empty
          ? { ...ends, delivery: 'pull' }
          : wire
        : { ...ends, delivery: 'pull', queue: queue.data };
    }
    case 'event': {
      const log = logSchema.safeParse(value);
      return empty || !log.success
        ? empty
          ? { ...ends, delivery: 'event' }
          : wire
        : { ...ends, delivery: 'event', log: log.data };
    }
  }
}

export function settingsSchema(wire: WireDocument): FieldSchema {
  const schema = fieldSchemaOf(SCHEMAS[wire.delivery]);
  const { spill, ...properties } = schema.properties ?? {};
  if (spill === undefined) return schema;
  // Its bounds are asked for only where there is such a queue.
  return { ...schema, properties: { ...properties, spill: { ...spill, showWhen: SPILLING } } };
}

const SPILLING = { field: 'overflow', in: ['spill'] } as const;

/** Words for the fields, with the defaults that hold for this wire. */
export function settingsTexts(
  document: PipelineDocument,
  catalogue: NodeCatalogue,
  wire: WireDocument,
): Readonly<Record<string, FieldTexts>> {
  const consumer = document.nodes.find((node) => node.id === wire.to);
  const workers = workersOf(consumer, catalogue.find(consumer?.type ?? ''));
  switch (wire.delivery) {
    case 'push':
      return {
        concurrency: {
          label: 'Calls at once',
          description: 'More wait in line.',
          unit: 'calls',
          placeholder: `${workers} (workers)`,
        },
        line: {
          label: 'Line',
          description: 'Calls that may wait for a free place.',
          unit: 'calls',
          placeholder: `${ENGINE_DEFAULTS.line} (default)`,
        },
        deadline: {
          label: 'Deadline',
          description: 'Longest wait for the answer, the line included.',
          placeholder: `${ENGINE_DEFAULTS.deadline} (default)`,
        },
        overflow: {
          label: 'When the line is full',
          description:
            'reject: say no at once. wait: hold the caller until the deadline. shed: the lowest priority in line makes way. spill: keep it on disk, out of order.',
          placeholder: 'reject (default)',
        },
        priority: {
          label: 'Priority',
          description: 'Where it stands: 0 (lowest) to 9. A higher one leaves the line first.',
          placeholder: 'e.g. urgency',
          advanced: true,
        },
        spill: { label: 'Queue for what finds no place' },
        'spill.capacity': {
          label: 'Capacity',
          unit: 'messages',
          placeholder: `${exactNumber(ENGINE_DEFAULTS.capacity)} (default)`,
        },
        'spill.capacityBytes': {
          label: 'Capacity in bytes',
          unit: 'bytes',
          placeholder: `${humaneBytes(ENGINE_DEFAULTS.capacityBytes)} (default)`,
        },
      };
    case 'pull':
      return {
        capacity: {
          label: 'Capacity',
          description: 'Messages that fit; a full queue makes the producer wait.',
          unit: 'messages',
          placeholder: `${exactNumber(ENGINE_DEFAULTS.capacity)} (default)`,
        },
        capacityBytes: {
          label: 'Capacity in bytes',
          description: 'Whichever limit is reached first counts.',
          unit: 'bytes',
          placeholder: `${humaneBytes(ENGINE_DEFAULTS.capacityBytes)} (default)`,
          advanced: true,
        },
        orderBy: {
          label: 'Order by',
          description: 'Messages with the same value here are worked on strictly one after the other.',
          placeholder: 'e.g. customer',
        },
        priority: { label: 'Priority', description: 'Not supported by this version.' },
        expireAfter: {
          label: 'Expire after',
          description: 'What waits longer moves to dead letter.',
          placeholder: 'never (default)',
          advanced: true,
        },
      };
    case 'event':
      return {
        partitions: {
          label: 'Partitions',
          description: 'Lanes that are kept in order, read in parallel. Fixed once the log exists.',
          unit: 'lanes',
          placeholder: `${ENGINE_DEFAULTS.partitions} (default)`,
        },
        orderBy: {
          label: 'Order by',
          description: 'Chooses the partition. Without it the message key does.',
          placeholder: 'e.g. customer',
        },
        retention: {
          label: 'Retention',
          description: 'How long messages stay for replay.',
          placeholder: `${ENGINE_DEFAULTS.retention} (default)`,
        },
        startFrom: {
          label: 'Start from',
          description: 'Where this reader begins when it is new.',
          placeholder: 'earliest (default)',
        },
        onPoison: {
          label: 'After the last try',
          description: 'park: move to dead letter and go on. block: hold the partition.',
          placeholder: 'park (default)',
        },
      };
  }
}
