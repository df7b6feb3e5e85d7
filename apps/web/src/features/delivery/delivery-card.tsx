import { Badge, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { DELIVERIES, type Delivery, type Finding, type WireDocument } from '@sluice/pipeline';
import { useMemo } from 'react';
import { useCanvas, useCanvasStore, useCatalogue } from '../../lib/draft/canvas-context.tsx';
import type { CanvasState } from '../../lib/draft/canvas-store.ts';
import { fieldFindingText } from '../../lib/draft/finding-text.ts';
import { titleOf } from '../../lib/draft/node-title.ts';
import { wireSource } from '../../lib/draft/wire-ends.ts';
import { DeliveryIcon } from '../../ui/delivery-icon.tsx';
import type { FormContext } from '../../ui/schema-form/control-props.ts';
import { SchemaForm } from '../../ui/schema-form/schema-form.tsx';
import { showRefusal } from '../../ui/show-failure.ts';
import { ConsequenceList } from './consequence-list.tsx';
import { deliveryConsequences } from './consequences.ts';
import classes from './delivery.module.css';
import { SETTINGS, settingsSchema, settingsTexts, settingsOf, withSettings } from './wire-settings.ts';

const WORDS: Readonly<Record<Delivery, { readonly label: string; readonly sentence: string }>> = {
  push: { label: 'Push', sentence: 'Called directly; the caller waits for the answer.' },
  pull: { label: 'Pull', sentence: 'Kept in a queue on disk; workers take from it at their own pace.' },
  event: { label: 'Event', sentence: 'Appended to a log on disk; this wire reads it as a group of its own.' },
};

const selectDocument = (state: CanvasState) => state.document;

/** A wire: how it delivers, with which settings, and what that means in this graph. */
export function DeliveryCard({
  wire,
  findings,
}: {
  readonly wire: WireDocument;
  readonly findings: readonly Finding[];
}) {
  const store = useCanvasStore();
  const catalogue = useCatalogue();
  const document = useCanvas(selectDocument);
  const consequences = useMemo(() => deliveryConsequences(document, catalogue, wire), [document, catalogue, wire]);
  const { nodeId, port } = wireSource(wire);
  const from = titleOf(document, nodeId, catalogue);
  const to = titleOf(document, wire.to, catalogue);
  const index = document.wires.indexOf(wire);
  const own = findings.filter((finding) => finding.element?.kind === 'wire' && finding.element.id === wire.id);
  const context: FormContext = useMemo(() => {
    const prefix = `/wires/${index}/${SETTINGS[wire.delivery]}`;
    const errors = new Map(
      own
        .filter((finding) => finding.path.startsWith(`${prefix}/`))
        .map((finding) => [finding.path.slice(prefix.length), fieldFindingText(finding, document, catalogue)]),
    );
    return { texts: settingsTexts(document, catalogue, wire), errors, strict: true };
  }, [own, index, document, catalogue, wire]);
  const general = own.filter((finding) => !finding.path.startsWith(`/wires/${index}/${SETTINGS[wire.delivery]}/`));

  return (
    <Stack gap="md" p="md">
      <div>
        <Text size="xs" c="dimmed">
          Wire
        </Text>
        <Title order={2} size={14}>
          {from}
          {port !== null && (
            <Badge size="sm" color="gray" ml={6}>
              {port}
            </Badge>
          )}{' '}
          → {to}
        </Title>
      </div>
      <div>
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label="Delivery"
          value={wire.delivery}
          onChange={(next) => {
            const check = store.getState().setDelivery(wire.id, next);
            if (!check.ok) showRefusal(check.message);
          }}
          data={DELIVERIES.map((delivery) => ({
            value: delivery,
            label: (
              <span className={classes['option']}>
                <DeliveryIcon delivery={delivery} />
                {WORDS[delivery].label}
              </span>
            ),
          }))}
        />
        <Text size="xs" c="dimmed" mt={6}>
          {WORDS[wire.delivery].sentence}
        </Text>
      </div>
      {general.map((finding) => (
        <Text
          key={`${finding.code}${finding.path}`}
          size="xs"
          role="alert"
          style={{ color: finding.severity === 'error' ? 'var(--state-failing)' : 'var(--state-waiting)' }}
        >
          {fieldFindingText(finding, document, catalogue)}
        </Text>
      ))}
      {consequences !== undefined && (
        <ConsequenceList
          consequences={consequences}
          delivery={wire.delivery}
          hasRate={document.objectives?.rate !== undefined}
        />
      )}
      <section aria-label={`Settings of this ${wire.delivery} wire`}>
        <Title order={3} size={13} mb={10}>
          Settings
        </Title>
        <SchemaForm
          key={wire.delivery}
          schema={settingsSchema(wire)}
          value={settingsOf(wire)}
          context={context}
          onChange={(next, changed) =>
            store.getState().editWire(wire.id, (current) => withSettings(current, next), {
              label: `Change ${changed.label}`,
              group: `wire ${wire.id} ${changed.path}`,
            })
          }
        />
      </section>
    </Stack>
  );
}
