import { Stack, Text } from '@mantine/core';
import { workSchema, type NodeDefinition, type NodeDocument, type PipelineDocument } from '@sluice/pipeline';
import { useCanvasStore } from '../../lib/draft/canvas-context.tsx';
import { ENGINE_DEFAULTS, timeoutOf, workersOf } from '../../lib/draft/engine-defaults.ts';
import { wiresInto } from '../../lib/draft/wire-ends.ts';
import type { FieldTexts } from '../../ui/schema-form/field-model.ts';
import { fieldSchemaOf, type FieldSchema } from '../../ui/schema-form/json-schema.ts';
import { SchemaForm } from '../../ui/schema-form/schema-form.tsx';

interface WorkTabProps {
  readonly node: NodeDocument;
  readonly definition: NodeDefinition | undefined;
  readonly document: PipelineDocument;
  readonly errors: ReadonlyMap<string, string>;
}

/** How a node does its work. Only what has an effect on this node is offered. */
export function WorkTab({ node, definition, document, errors }: WorkTabProps) {
  const store = useCanvasStore();
  const schema = shownFields(fieldSchemaOf(workSchema), node, definition, document);
  return (
    <Stack gap={14}>
      {definition?.role !== 'source' && (
        <Text size="xs" c="dimmed">
          {feedSentence(node, document)}
        </Text>
      )}
      <SchemaForm
        key={node.id}
        schema={schema}
        value={node.work ?? {}}
        context={{ texts: textsOf(node, definition), errors, strict: true }}
        onChange={(next, changed) => {
          const work = workSchema.safeParse(next);
          if (!work.success) return; // a strict form passes on only what its schema allows
          store
            .getState()
            .editNode(
              node.id,
              ({ work: _old, ...rest }) => (Object.keys(next).length === 0 ? rest : { ...rest, work: next }),
              {
                label: `Change ${changed.label}`,
                group: `work ${node.id} ${changed.path}`,
              },
            );
        }}
      />
    </Stack>
  );
}

function feedSentence(node: NodeDocument, document: PipelineDocument): string {
  const deliveries = new Set(wiresInto(document, node.id).map((wire) => wire.delivery));
  if (deliveries.size === 0) return 'Nothing is wired to this node yet.';
  if (deliveries.size === 1 && deliveries.has('push'))
    return 'Fed by push: the caller waits and owns retries. Retry here means tries in place, within the caller’s deadline.';
  return 'Fed by a queue or log: workers take messages from it, and retry says how it redelivers.';
}

/** Leaves out what the engine does not read on this node, unless the document sets it. */
function shownFields(
  schema: FieldSchema,
  node: NodeDocument,
  definition: NodeDefinition | undefined,
  document: PipelineDocument,
): FieldSchema {
  const pushOnly =
    wiresInto(document, node.id).every((wire) => wire.delivery === 'push') && wiresInto(document, node.id).length > 0;
  const without = new Set<string>();
  if (definition?.role === 'source') for (const key of ['workers', 'quarantineAfter']) without.add(key);
  if (definition?.callsOut === false) without.add('breaker');
  if (pushOnly) without.add('quarantineAfter');
  const set = node.work ?? {};
  return {
    ...schema,
    properties: Object.fromEntries(
      Object.entries(schema.properties ?? {}).filter(([key]) => !without.has(key) || key in set),
    ),
  };
}

function textsOf(node: NodeDocument, definition: NodeDefinition | undefined): Readonly<Record<string, FieldTexts>> {
  const { attempts, base, cap } = ENGINE_DEFAULTS.retry;
  return {
    workers: {
      label: 'Workers',
      description: 'Messages worked on at once.',
      unit: 'workers',
      placeholder: `${workersOf({ ...node, work: {} }, definition)} (default)`,
    },
    timeout: {
      label: 'Timeout',
      description: 'One try takes no longer.',
      placeholder: `${timeoutOf({ ...node, work: {} }, definition)} (default)`,
    },
    rateLimit: {
      label: 'Rate limit',
      description: 'Tries started per unit of time, all workers together.',
      placeholder: 'none (default)',
    },
    retry: { label: 'Retry', description: `Without it ${attempts} tries, waits from ${base} to ${cap}.` },
    'retry.attempts': { label: 'Tries', description: 'In total, the first included.', unit: 'tries' },
    'retry.base': { label: 'First wait', description: 'Upper bound of the first wait; doubles with each try.' },
    'retry.cap': { label: 'Longest wait', description: 'No wait is longer.' },
    'retry.maxAge': {
      label: 'Give up after',
      description: 'A message older than this is not tried again.',
      placeholder: 'never (default)',
    },
    breaker: {
      label: 'Circuit breaker',
      description: `Stops calling a target that fails. Without it: half of at least 10 calls within 30s, then ${ENGINE_DEFAULTS.breakerOpenFor} of rest.`,
    },
    'breaker.failureRate': { label: 'Opens at', description: 'Share of failed calls in the window.', unit: 'of 1' },
    'breaker.window': { label: 'Window', description: 'Calls of this span are counted.' },
    'breaker.minimumCalls': {
      label: 'Fewest calls',
      description: 'Never opens on fewer calls in the window.',
      unit: 'calls',
    },
    'breaker.openFor': { label: 'Open for', description: 'Time until the first probe.' },
    'breaker.probes': { label: 'Probes', description: 'Calls let through to test; all must succeed.', unit: 'calls' },
    quarantineAfter: {
      label: 'Quarantine after',
      description: 'Crashes with the message in hand until it is set aside.',
      unit: 'crashes',
      placeholder: `${ENGINE_DEFAULTS.quarantineAfter} (default)`,
      advanced: true,
    },
  };
}
