import { Button, Group, Stack, Tabs, Text, TextInput } from '@mantine/core';
import type { Finding, NodeDocument } from '@sluice/pipeline';
import { IconTrash } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useCanvas, useCanvasStore, useCatalogue } from '../../lib/draft/canvas-context.tsx';
import type { CanvasState } from '../../lib/draft/canvas-store.ts';
import { fieldFindingText } from '../../lib/draft/finding-text.ts';
import { NodeIcon } from '../../ui/node-icon.tsx';
import { fieldSchemaOf } from '../../ui/schema-form/json-schema.ts';
import type { FormContext } from '../../ui/schema-form/control-props.ts';
import { SchemaForm } from '../../ui/schema-form/schema-form.tsx';
import { TextField } from '../../ui/schema-form/text-field.tsx';
import { WebhookAddress } from './webhook-address.tsx';
import { WorkTab } from './work-tab.tsx';

const selectDocument = (state: CanvasState) => state.document;

/** Everything about one node, in forms made from what its type says about itself. */
export function NodeInspector({
  node,
  findings,
}: {
  readonly node: NodeDocument;
  readonly findings: readonly Finding[];
}) {
  const store = useCanvasStore();
  const catalogue = useCatalogue();
  const document = useCanvas(selectDocument);
  const definition = catalogue.find(node.type);
  const index = document.nodes.indexOf(node);
  const own = useMemo(
    () => findings.filter((finding) => finding.element?.kind === 'node' && finding.element.id === node.id),
    [findings, node.id],
  );
  const errorsBelow = (prefix: string): ReadonlyMap<string, string> =>
    new Map(
      own
        .filter((finding) => finding.path.startsWith(`${prefix}/`))
        .map((finding) => [finding.path.slice(prefix.length), fieldFindingText(finding, document, catalogue)]),
    );
  const setup: FormContext = { texts: {}, errors: errorsBelow(`/nodes/${index}/config`), strict: false };
  const general = own.filter(
    (finding) =>
      !finding.path.startsWith(`/nodes/${index}/config/`) && !finding.path.startsWith(`/nodes/${index}/work/`),
  );
  const hasWork = definition === undefined || definition.role !== 'source' || definition.sourceStyle !== 'push';

  return (
    <Stack gap="sm" p="md">
      <Group gap="xs" wrap="nowrap">
        <NodeIcon name={definition?.icon} size={20} />
        <div style={{ minWidth: 0, flex: 1 }}>
          <Text size="xs" c="dimmed">
            {definition?.title ?? `Unknown type ${node.type}`} · {definition?.role ?? 'not known to this version'}
          </Text>
        </div>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          h={26}
          leftSection={<IconTrash size={14} />}
          onClick={() => store.getState().removeElements({ nodeIds: [node.id], wireIds: [] })}
        >
          Remove
        </Button>
      </Group>
      <TextInput
        size="xs"
        label="Title"
        placeholder={definition?.title ?? node.type}
        maxLength={200}
        value={node.title ?? ''}
        onChange={(event) => {
          const typed = event.currentTarget.value;
          store
            .getState()
            .editNode(node.id, ({ title: _old, ...rest }) => (typed === '' ? rest : { ...rest, title: typed }), {
              label: 'Change title',
              group: `title ${node.id}`,
            });
        }}
      />
      {general.map((finding) => (
        <Text
          key={`${finding.code}${finding.path}`}
          size="xs"
          style={{ color: finding.severity === 'error' ? 'var(--state-failing)' : 'var(--state-waiting)' }}
        >
          {fieldFindingText(finding, document, catalogue)}
        </Text>
      ))}
      <Tabs defaultValue="setup" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="setup">Setup</Tabs.Tab>
          {hasWork && <Tabs.Tab value="work">Work</Tabs.Tab>}
          <Tabs.Tab value="notes">Notes</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="setup" pt="md">
          <Stack gap={14}>
            {node.type === 'webhook' && <WebhookAddress pipelineName={document.name} config={node.config ?? {}} />}
            {definition === undefined ? (
              <Text size="sm">
                This version of Sluice does not know the type {node.type}. Remove the node, or update Sluice.
              </Text>
            ) : (
              <SchemaForm
                key={node.id}
                schema={fieldSchemaOf(definition.config)}
                value={node.config ?? {}}
                context={setup}
                onChange={(next, changed) =>
                  store.getState().editNode(
                    node.id,
                    // A form's values are what JSON can hold: texts, numbers, booleans, lists and objects of them.
                    (current) => ({ ...current, config: next as NonNullable<NodeDocument['config']> }),
                    { label: `Change ${changed.label}`, group: `config ${node.id} ${changed.path}` },
                  )
                }
              />
            )}
            {definition !== undefined && (
              <Text size="xs" c="dimmed" pt={8} style={{ borderTop: '1px solid var(--line)' }}>
                <strong>Promise.</strong> {definition.guarantee}
              </Text>
            )}
          </Stack>
        </Tabs.Panel>
        {hasWork && (
          <Tabs.Panel value="work" pt="md">
            <WorkTab
              node={node}
              definition={definition}
              document={document}
              errors={errorsBelow(`/nodes/${index}/work`)}
            />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="notes" pt="md">
          <TextField
            kind="multiline"
            label="Notes"
            description="For whoever opens this next. Part of the document."
            error={undefined}
            required={false}
            schema={{ type: 'string', maxLength: 20_000 }}
            value={node.notes}
            placeholder={undefined}
            unit={undefined}
            strict
            onChange={(next) =>
              store
                .getState()
                .editNode(
                  node.id,
                  ({ notes: _old, ...rest }) => (typeof next === 'string' ? { ...rest, notes: next } : rest),
                  { label: 'Change notes', group: `notes ${node.id}` },
                )
            }
          />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
