import { ActionIcon, Badge, Tabs, Tooltip } from '@mantine/core';
import type { Finding, WireDocument } from '@sluice/pipeline';
import { IconChevronDown } from '@tabler/icons-react';
import { useSearchParams } from 'react-router';
import { DeadLettersPanel } from '../../features/dead-letters/dead-letters-panel.tsx';
import { MessagesPanel } from '../../features/live/messages-panel.tsx';
import { ProblemsPanel } from '../../features/problems/problems-panel.tsx';
import { useCanvas, useCatalogue } from '../../lib/draft/canvas-context.tsx';
import type { CanvasState } from '../../lib/draft/canvas-store.ts';
import { titleOf } from '../../lib/draft/node-title.ts';
import { wireSource } from '../../lib/draft/wire-ends.ts';
import { compactNumber } from '../../lib/format/compact-number.ts';
import { useRunSample } from '../../lib/live/live-context.tsx';
import classes from './editor.module.css';

const PANELS = ['problems', 'messages', 'dead-letters'] as const;
type Panel = (typeof PANELS)[number];

const FAILING = { background: 'var(--state-failing-soft)', color: 'var(--state-failing)' };
const WAITING = { background: 'var(--state-waiting-soft)', color: 'var(--state-waiting)' };

const selectDocument = (state: CanvasState) => state.document;
const selectSelection = (state: CanvasState) => state.selection;

/** Problems, messages and dead letters; which one is open stands in the page's address. */
export function BottomDrawer({
  pipelineId,
  findings,
}: {
  readonly pipelineId: string;
  readonly findings: readonly Finding[];
}) {
  const [search, setSearch] = useSearchParams();
  const catalogue = useCatalogue();
  const document = useCanvas(selectDocument);
  const { nodeIds, wireIds } = useCanvas(selectSelection);
  const open = PANELS.find((panel) => panel === search.get('panel')) ?? null;
  const show = (panel: Panel | null): void => setSearch(panel === null ? {} : { panel }, { replace: true });
  const wire = wireIds.length === 1 ? (document.wires.find((candidate) => candidate.id === wireIds[0]) ?? null) : null;
  const nameOf = (one: WireDocument): string =>
    `${titleOf(document, wireSource(one).nodeId, catalogue)} → ${titleOf(document, one.to, catalogue)}`;
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  const warnings = findings.filter((finding) => finding.severity === 'warning').length;

  return (
    <section className={classes['drawer']} data-open={open !== null} aria-label="Details">
      <Tabs
        value={open}
        onChange={(value) => show(value as Panel | null)}
        allowTabDeactivation
        keepMounted={false}
        className={classes['tabs'] ?? ''}
      >
        <Tabs.List>
          <Tabs.Tab
            value="problems"
            rightSection={
              errors + warnings === 0 ? null : (
                <Badge size="sm" className="figures" style={errors > 0 ? FAILING : WAITING}>
                  {errors > 0 ? errors : warnings}
                </Badge>
              )
            }
          >
            Problems
          </Tabs.Tab>
          <Tabs.Tab value="messages">Messages</Tabs.Tab>
          <Tabs.Tab value="dead-letters" rightSection={<DeadLetterCount />}>
            Dead letters
          </Tabs.Tab>
        </Tabs.List>
        {open !== null && (
          <Tooltip label="Close panel">
            <ActionIcon
              variant="subtle"
              color="gray"
              size={28}
              className={classes['close'] ?? ''}
              aria-label="Close panel"
              onClick={() => show(null)}
            >
              <IconChevronDown size={16} />
            </ActionIcon>
          </Tooltip>
        )}
        <Tabs.Panel value="problems" className={classes['panel'] ?? ''}>
          <ProblemsPanel findings={findings} />
        </Tabs.Panel>
        <Tabs.Panel value="messages" className={classes['panel'] ?? ''}>
          <MessagesPanel pipelineId={pipelineId} wire={wire} wireName={wire === null ? '' : nameOf(wire)} />
        </Tabs.Panel>
        <Tabs.Panel value="dead-letters" className={classes['panel'] ?? ''}>
          <DeadLettersPanel
            pipelineId={pipelineId}
            nodeId={nodeIds.length === 1 ? (nodeIds[0] ?? null) : null}
            nodeName={(id) => titleOf(document, id, catalogue)}
            wires={document.wires
              .filter(({ delivery }) => delivery !== 'push')
              .map((one) => ({ id: one.id, name: nameOf(one) }))}
          />
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}

function DeadLetterCount() {
  const count = useRunSample()?.totals.deadLetters ?? 0;
  return count === 0 ? null : (
    <Badge size="sm" className="figures" style={FAILING}>
      {compactNumber(count)}
    </Badge>
  );
}
