import { Button, EmptyState, Group, SimpleGrid, TextInput, Title } from '@mantine/core';
import { IconFileImport, IconPlus, IconRoute, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { pipelinesQuery } from '../../lib/api/queries.ts';
import { counted } from '../../lib/format/compact-number.ts';
import { useLiveConnection } from '../../lib/live/live-context.tsx';
import { DelayedSkeleton } from '../../ui/delayed-skeleton.tsx';
import { FailurePanel } from '../../ui/failure-panel.tsx';
import { CreatePipelineDialog } from './create-pipeline-dialog.tsx';
import { ImportDocumentDialog } from './import-document-dialog.tsx';
import { PipelineCard } from './pipeline-card.tsx';
import classes from './home.module.css';

const PAGE = 24;

/** All pipelines at a glance, live. */
export function HomePage() {
  const { data: pipelines, error, isPending, refetch } = useQuery({ ...pipelinesQuery(), refetchInterval: 10_000 });
  const [dialog, setDialog] = useState<'create' | 'import' | null>(null);
  const [search, setSearch] = useState('');
  const [shown, setShown] = useState(PAGE);
  const connection = useLiveConnection();
  useEffect(() => connection.watchOverview(), [connection]);

  const wanted = search.trim().toLowerCase();
  const found = (pipelines ?? []).filter((pipeline) =>
    `${pipeline.title} ${pipeline.name}`.toLowerCase().includes(wanted),
  );

  return (
    <main className={classes['page']}>
      <title>Pipelines · Sluice</title>
      <Group justify="space-between" mb="md">
        <Group gap="sm" align="baseline">
          <Title order={1}>Pipelines</Title>
          {pipelines !== undefined && pipelines.length > 0 && (
            <span className={classes['count']}>{counted(pipelines.length, 'pipeline')}</span>
          )}
        </Group>
        <Group gap="xs">
          {(pipelines?.length ?? 0) > 6 && (
            <TextInput
              size="xs"
              aria-label="Search pipelines"
              placeholder="Search"
              leftSection={<IconSearch size={14} />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
            />
          )}
          <Button variant="default" leftSection={<IconFileImport size={16} />} onClick={() => setDialog('import')}>
            Import document
          </Button>
          <Button leftSection={<IconPlus size={16} />} onClick={() => setDialog('create')}>
            New pipeline
          </Button>
        </Group>
      </Group>

      {isPending && <DelayedSkeleton label="Reading pipelines" rows={3} height={120} />}
      {error !== null && pipelines === undefined && (
        <FailurePanel title="Pipelines could not be read" error={error} onRetry={() => void refetch()} />
      )}
      {pipelines?.length === 0 && (
        <EmptyState
          py={96}
          icon={<IconRoute />}
          title="No pipelines yet"
          description="A pipeline takes messages from sources through steps to sinks. Every wire in between is push, pull or event, and you see how it behaves before and while it runs."
        >
          <EmptyState.Actions>
            <Button leftSection={<IconPlus size={16} />} onClick={() => setDialog('create')}>
              Draw the first pipeline
            </Button>
          </EmptyState.Actions>
        </EmptyState>
      )}
      {pipelines !== undefined && pipelines.length > 0 && found.length === 0 && (
        <EmptyState
          py="xl"
          icon={<IconSearch />}
          title="No pipeline matches"
          description={`Nothing is called "${search.trim()}".`}
        >
          <EmptyState.Actions>
            <Button variant="default" onClick={() => setSearch('')}>
              Clear search
            </Button>
          </EmptyState.Actions>
        </EmptyState>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md" component="ul" className={classes['list'] ?? ''}>
        {found.slice(0, shown).map((pipeline) => (
          <PipelineCard key={pipeline.id} pipeline={pipeline} />
        ))}
      </SimpleGrid>
      {found.length > shown && (
        <Group justify="center" mt="md">
          <Button variant="default" onClick={() => setShown(shown + PAGE)}>
            Show {Math.min(PAGE, found.length - shown)} more of {found.length - shown}
          </Button>
        </Group>
      )}
      <CreatePipelineDialog opened={dialog === 'create'} onClose={() => setDialog(null)} />
      <ImportDocumentDialog opened={dialog === 'import'} onClose={() => setDialog(null)} />
    </main>
  );
}
