import { EmptyState, SegmentedControl, UnstyledButton } from '@mantine/core';
import type { Finding } from '@sluice/pipeline';
import { IconAlertCircle, IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react';
import { useState } from 'react';
import { useCanvas, useCanvasStore, useCatalogue } from '../../lib/draft/canvas-context.tsx';
import type { CanvasState } from '../../lib/draft/canvas-store.ts';
import { findingText } from '../../lib/draft/finding-text.ts';
import { titleOf } from '../../lib/draft/node-title.ts';
import { wireSource } from '../../lib/draft/wire-ends.ts';
import classes from './problems.module.css';

const selectDocument = (state: CanvasState) => state.document;

const LOOKS = {
  error: { Icon: IconAlertCircle, color: 'var(--state-failing)', word: 'Error' },
  warning: { Icon: IconAlertTriangle, color: 'var(--state-waiting)', word: 'Warning' },
  info: { Icon: IconInfoCircle, color: 'var(--text-dim)', word: 'Note' },
} as const;

const SHOWN_MAX = 100;

/** What stands in the way of a deployment, and what is doubtful. A click selects what it is about. */
export function ProblemsPanel({ findings }: { readonly findings: readonly Finding[] }) {
  const store = useCanvasStore();
  const catalogue = useCatalogue();
  const document = useCanvas(selectDocument);
  const [severity, setSeverity] = useState('all');
  const shown = findings.filter((finding) => severity === 'all' || finding.severity === severity);
  if (findings.length === 0) {
    return (
      <EmptyState
        size="sm"
        py="md"
        icon={<IconCircleCheck color="var(--state-ok)" />}
        title="No problems found"
        description="The document can be deployed as it stands."
      />
    );
  }
  const placeOf = ({ element }: Finding): string => {
    if (element === undefined) return 'Pipeline';
    if (element.kind === 'node') return titleOf(document, element.id, catalogue);
    const wire = document.wires.find((candidate) => candidate.id === element.id);
    return wire === undefined
      ? 'Wire'
      : `${titleOf(document, wireSource(wire).nodeId, catalogue)} → ${titleOf(document, wire.to, catalogue)}`;
  };
  return (
    <div className={classes['panel']}>
      <SegmentedControl
        size="xs"
        aria-label="Severity"
        value={severity}
        onChange={setSeverity}
        data={[
          { value: 'all', label: `All ${findings.length}` },
          { value: 'error', label: `Errors ${findings.filter((finding) => finding.severity === 'error').length}` },
          {
            value: 'warning',
            label: `Warnings ${findings.filter((finding) => finding.severity === 'warning').length}`,
          },
        ]}
      />
      <ul className={classes['list']}>
        {shown.slice(0, SHOWN_MAX).map((finding) => {
          const { Icon, color, word } = LOOKS[finding.severity];
          const { element } = finding;
          return (
            <li key={`${finding.path} ${finding.code} ${finding.message}`}>
              <UnstyledButton
                className={classes['finding'] ?? ''}
                disabled={element === undefined}
                onClick={() =>
                  element !== undefined &&
                  store
                    .getState()
                    .select(element.kind === 'node' ? { nodeIds: [element.id] } : { wireIds: [element.id] })
                }
              >
                <Icon size={16} color={color} role="img" aria-label={word} />
                <strong title={placeOf(finding)}>{placeOf(finding)}</strong>
                <span>{findingText(finding, document, catalogue)}</span>
              </UnstyledButton>
            </li>
          );
        })}
      </ul>
      {shown.length > SHOWN_MAX && (
        <p className={classes['more']}>{shown.length - SHOWN_MAX} more are not shown: settle these first.</p>
      )}
    </div>
  );
}
