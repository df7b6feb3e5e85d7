import { Stack, Text, Title } from '@mantine/core';
import { objectivesSchema, type Finding } from '@sluice/pipeline';
import { useCanvas, useCanvasStore, useCatalogue } from '../../lib/draft/canvas-context.tsx';
import type { CanvasState } from '../../lib/draft/canvas-store.ts';
import { fieldFindingText } from '../../lib/draft/finding-text.ts';
import { counted } from '../../lib/format/compact-number.ts';
import type { FieldTexts } from '../../ui/schema-form/field-model.ts';
import { fieldSchemaOf } from '../../ui/schema-form/json-schema.ts';
import { SchemaForm } from '../../ui/schema-form/schema-form.tsx';
import { TextField } from '../../ui/schema-form/text-field.tsx';

const selectDocument = (state: CanvasState) => state.document;

const TEXTS: Readonly<Record<string, FieldTexts>> = {
  rate: {
    label: 'Expected rate',
    description: 'Messages that usually arrive. Delivery cards compute with it.',
    placeholder: 'e.g. 100/s',
  },
  peak: { label: 'Expected peak', description: 'The most that arrives in a burst.', placeholder: 'e.g. 1000/s' },
  freshness: {
    label: 'Freshness',
    description: 'From arrival to sink, a message takes no longer.',
    placeholder: 'e.g. 5s',
  },
  surviveOutage: {
    label: 'Survive an outage of',
    description: 'A target may be down this long without loss.',
    placeholder: 'e.g. 2h',
  },
  completion: {
    label: 'Completion',
    description: 'Share of messages that reach a sink.',
    unit: 'of 1',
    placeholder: 'e.g. 0.999',
  },
  order: { label: 'Order', description: 'What must stay in order.', placeholder: 'Not said', advanced: true },
};

/** What belongs to the whole pipeline; shown while nothing is selected. */
export function PipelineInspector({ findings }: { readonly findings: readonly Finding[] }) {
  const store = useCanvasStore();
  const catalogue = useCatalogue();
  const document = useCanvas(selectDocument);
  const errors = new Map(
    findings
      .filter((finding) => finding.path.startsWith('/objectives/'))
      .map((finding) => [finding.path.slice('/objectives'.length), fieldFindingText(finding, document, catalogue)]),
  );
  return (
    <Stack gap="md" p="md">
      <div>
        <Text size="xs" c="dimmed">
          Pipeline
        </Text>
        <Title order={2} size={14}>
          {document.title ?? document.name}
        </Title>
        <Text size="xs" c="dimmed" mt={2}>
          {document.name} · {counted(document.nodes.length, 'node')} · {counted(document.wires.length, 'wire')}
        </Text>
      </div>
      <TextField
        kind="text"
        label="Title"
        description={undefined}
        error={undefined}
        required={false}
        schema={{ type: 'string', maxLength: 200 }}
        value={document.title}
        placeholder={document.name}
        unit={undefined}
        strict
        onChange={(next) =>
          store
            .getState()
            .editHeader(({ title: _old, ...rest }) => (typeof next === 'string' ? { ...rest, title: next } : rest), {
              label: 'Change title',
              group: 'pipeline title',
            })
        }
      />
      <TextField
        kind="multiline"
        label="Notes"
        description={undefined}
        error={undefined}
        required={false}
        schema={{ type: 'string', maxLength: 20_000 }}
        value={document.notes}
        placeholder="What this pipeline is for, and whom to ask."
        unit={undefined}
        strict
        onChange={(next) =>
          store
            .getState()
            .editHeader(({ notes: _old, ...rest }) => (typeof next === 'string' ? { ...rest, notes: next } : rest), {
              label: 'Change notes',
              group: 'pipeline notes',
            })
        }
      />
      <section aria-label="Objectives">
        <Title order={3} size={13} mb={2}>
          Objectives
        </Title>
        <Text size="xs" c="dimmed" mb={10}>
          What you expect and want. Nothing is enforced by it; advice is computed from it.
        </Text>
        <SchemaForm
          schema={fieldSchemaOf(objectivesSchema)}
          value={document.objectives ?? {}}
          context={{ texts: TEXTS, errors, strict: true }}
          onChange={(next, changed) => {
            const parsed = objectivesSchema.safeParse(next);
            if (!parsed.success) return; // a strict form passes on only what its schema allows
            store
              .getState()
              .editHeader(
                ({ objectives: _old, ...rest }) =>
                  Object.keys(next).length === 0 ? rest : { ...rest, objectives: parsed.data },
                {
                  label: `Change ${changed.label}`,
                  group: `objectives ${changed.path}`,
                },
              );
          }}
        />
      </section>
    </Stack>
  );
}
