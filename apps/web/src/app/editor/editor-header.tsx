import { Badge, Button, Group, Text, Tooltip } from '@mantine/core';
import { sameBehaviour, type Finding } from '@sluice/pipeline';
import type { Deployment } from '@sluice/protocol';
import { IconChevronLeft, IconHistory, IconRocket } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { versionQuery } from '../../lib/api/queries.ts';
import { useCanvas } from '../../lib/draft/canvas-context.tsx';
import type { CanvasState } from '../../lib/draft/canvas-store.ts';
import type { DraftSaver } from '../../lib/draft/draft-saver.ts';
import { SchemeSwitch } from '../scheme-switch.tsx';
import classes from './editor.module.css';
import { LifeCycle } from './life-cycle.tsx';
import { SaveStatus } from './save-status.tsx';

interface EditorHeaderProps {
  readonly pipelineId: string;
  readonly deployment: Deployment | null;
  readonly saver: DraftSaver;
  readonly findings: readonly Finding[];
  readonly onDeploy: () => void;
  readonly onVersions: () => void;
  /** The life cycle was changed from here. */
  readonly onChanged: () => void;
}

const selectDocument = (state: CanvasState) => state.document;

export function EditorHeader({
  pipelineId,
  deployment,
  saver,
  findings,
  onDeploy,
  onVersions,
  onChanged,
}: EditorHeaderProps) {
  const draft = useCanvas(selectDocument);
  const { data: running } = useQuery({
    ...versionQuery(pipelineId, deployment?.version ?? 0),
    enabled: deployment !== null,
  });
  const differs = deployment !== null && running !== undefined && !sameBehaviour(running.document, draft);
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  return (
    <header className={classes['header']}>
      <Tooltip label="All pipelines">
        <Link to="/" className={classes['back'] ?? ''} aria-label="All pipelines">
          <IconChevronLeft size={18} />
        </Link>
      </Tooltip>
      <div className={classes['name']}>
        <h1 title={draft.title ?? draft.name}>{draft.title ?? draft.name}</h1>
        <SaveStatus saver={saver} />
      </div>
      <Group gap={6} wrap="nowrap" className={classes['state'] ?? ''}>
        {deployment === null ? (
          <Badge color="gray" size="sm">
            not deployed
          </Badge>
        ) : (
          <Badge
            color={deployment.state === 'failed' ? 'red' : deployment.state === 'running' ? 'sea' : 'gray'}
            size="sm"
          >
            v{deployment.version} {deployment.state}
          </Badge>
        )}
        {differs && (
          <Tooltip label="What is drawn is not what runs. Deploy shows the differences.">
            <Badge
              size="sm"
              tabIndex={0}
              style={{ background: 'var(--state-waiting-soft)', color: 'var(--state-waiting)' }}
            >
              draft differs
            </Badge>
          </Tooltip>
        )}
        {deployment?.detail !== undefined && (
          <Text size="xs" style={{ color: 'var(--state-failing)' }} truncate maw={280} title={deployment.detail}>
            {deployment.detail}
          </Text>
        )}
      </Group>
      <Group gap={6} wrap="nowrap" ml="auto" className={classes['actions'] ?? ''}>
        <LifeCycle
          pipelineId={pipelineId}
          title={draft.title ?? draft.name}
          state={deployment?.state ?? null}
          onChanged={onChanged}
        />
        <Button variant="default" leftSection={<IconHistory size={14} />} onClick={onVersions}>
          Versions
        </Button>
        <Button
          variant={deployment === null || differs ? 'filled' : 'default'}
          leftSection={<IconRocket size={14} />}
          onClick={onDeploy}
          aria-description={errors > 0 ? 'There are errors to settle first' : undefined}
        >
          Deploy
        </Button>
        <SchemeSwitch />
      </Group>
    </header>
  );
}
