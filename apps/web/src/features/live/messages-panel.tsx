import { Button, EmptyState, Group, Modal, Text } from '@mantine/core';
import type { WireDocument } from '@sluice/pipeline';
import type { PeekedMessageView } from '@sluice/protocol';
import { IconInbox, IconRewindBackward5, IconRoute, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { pipelineRequests } from '../../lib/api/pipeline-requests.ts';
import { messagesQuery } from '../../lib/api/queries.ts';
import { counted } from '../../lib/format/compact-number.ts';
import { humaneDuration } from '../../lib/format/humane-duration.ts';
import { useRunSample, useWireSample } from '../../lib/live/live-context.tsx';
import { DelayedSkeleton } from '../../ui/delayed-skeleton.tsx';
import { FailurePanel } from '../../ui/failure-panel.tsx';
import { MasterDetail } from '../../ui/master-detail.tsx';
import { MessageFacts } from '../../ui/message-facts.tsx';
import { showDone, showFailure } from '../../ui/show-failure.ts';
import { useNow } from '../../ui/use-now.ts';
import { ReplayDialog } from './replay-dialog.tsx';

interface MessagesPanelProps {
  readonly pipelineId: string;
  /** The one chosen wire; `null` when none or several are. */
  readonly wire: WireDocument | null;
  readonly wireName: string;
}

/** What stands on a wire, without taking it. */
export function MessagesPanel({ pipelineId, wire, wireName }: MessagesPanelProps) {
  const run = useRunSample();
  if (wire === null) {
    return (
      <EmptyState
        size="sm"
        py="md"
        icon={<IconRoute />}
        title="No wire chosen"
        description="Choose a wire on the canvas to look at the messages on it."
      />
    );
  }
  if (wire.delivery === 'push') {
    return (
      <EmptyState
        size="sm"
        py="md"
        icon={<IconRoute />}
        title="A push wire keeps no messages"
        description="Calls exist only while they are made. Change the wire to pull or event to keep what does not fit."
      />
    );
  }
  if (run === undefined) {
    return (
      <EmptyState
        size="sm"
        py="md"
        icon={<IconInbox />}
        title="Nothing runs yet"
        description="Messages show up here once the pipeline is deployed."
      />
    );
  }
  return <WireMessages key={wire.id} pipelineId={pipelineId} wire={wire} wireName={wireName} />;
}

const PAGE = 50;

function WireMessages({ pipelineId, wire, wireName }: MessagesPanelProps & { readonly wire: WireDocument }) {
  const [limit, setLimit] = useState(PAGE);
  const [chosen, setChosen] = useState<string | null>(null);
  const { data: messages, error, isPending, refetch } = useQuery(messagesQuery(pipelineId, wire.id, limit));
  const now = useNow(2_000);
  if (isPending) return <DelayedSkeleton label="Reading messages" height={24} />;
  if (messages === undefined)
    return <FailurePanel title="Messages could not be read" error={error} onRetry={() => void refetch()} />;
  if (messages.length === 0) {
    return (
      <EmptyState
        size="sm"
        py="md"
        icon={<IconInbox />}
        title="No message waits here"
        description={`Everything on the wire ${wireName} has been taken. New messages show up as they wait.`}
      >
        {wire.delivery === 'event' && (
          <EmptyState.Actions>
            <ReplayButton pipelineId={pipelineId} wireId={wire.id} wireName={wireName} />
          </EmptyState.Actions>
        )}
      </EmptyState>
    );
  }
  return (
    <MasterDetail<PeekedMessageView>
      label={`Messages on ${wireName}`}
      entries={messages}
      idOf={(message) => `${message.partition ?? ''}/${message.position}`}
      chosenId={chosen}
      onChoose={setChosen}
      row={(message) => (
        <span className="figures">
          <strong>{message.key === '' ? message.id : message.key}</strong> · {stateWords(message, now)}
          {message.attempts > 0 && ` · ${counted(message.attempts, 'try', 'tries')}`}
        </span>
      )}
      detail={(message) => (
        <MessageFacts
          id={message.id}
          messageKey={message.key}
          correlationId={message.correlationId}
          eventTime={message.eventTime}
          payload={message.payload}
          headers={message.headers}
          history={message.lastFailure === null ? [] : [message.lastFailure]}
          now={now}
        />
      )}
      footer={
        <Group gap="xs" p={8}>
          {messages.length === limit && limit < 500 && (
            <Button variant="default" size="compact-sm" h={26} onClick={() => setLimit(limit + PAGE)}>
              Show {PAGE} more
            </Button>
          )}
          {messages.length >= 500 && (
            <Text size="xs" c="dimmed">
              The oldest 500 are shown.
            </Text>
          )}
          {wire.delivery === 'event' && <ReplayButton pipelineId={pipelineId} wireId={wire.id} wireName={wireName} />}
          {wire.delivery === 'pull' && <PurgeButton pipelineId={pipelineId} wire={wire} wireName={wireName} />}
        </Group>
      }
    />
  );
}

function stateWords(message: PeekedMessageView, now: number): string {
  const age = humaneDuration(Math.max(0, now - message.enqueuedAt));
  switch (message.state) {
    case 'waiting':
      return `waiting ${age}`;
    case 'in-hand':
      return `in hand, here for ${age}`;
    case 'delayed':
      return message.dueAt === null || message.dueAt <= now
        ? `due again, here for ${age}`
        : `again in ${humaneDuration(message.dueAt - now)}, here for ${age}`;
  }
}

function ReplayButton(props: { readonly pipelineId: string; readonly wireId: string; readonly wireName: string }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button
        variant="default"
        size="compact-sm"
        h={26}
        leftSection={<IconRewindBackward5 size={14} />}
        onClick={() => setAsking(true)}
      >
        Replay
      </Button>
      <ReplayDialog opened={asking} onClose={() => setAsking(false)} {...props} />
    </>
  );
}

/** Throwing messages away asks first, and says how many. */
function PurgeButton({
  pipelineId,
  wire,
  wireName,
}: {
  readonly pipelineId: string;
  readonly wire: WireDocument;
  readonly wireName: string;
}) {
  const [asking, setAsking] = useState(false);
  const depth = useWireSample(wire.id)?.depth ?? 0;
  const client = useQueryClient();
  const purge = useMutation({
    mutationFn: () => pipelineRequests.purge(pipelineId, wire.id),
    onSuccess: async (purged) => {
      setAsking(false);
      showDone(`${counted(purged, 'message')} purged from ${wireName}`);
      await client.invalidateQueries({ queryKey: ['messages', pipelineId] });
    },
    onError: (error) => showFailure('Nothing was purged', error),
  });
  return (
    <>
      <Button
        variant="default"
        size="compact-sm"
        h={26}
        leftSection={<IconTrash size={14} />}
        onClick={() => setAsking(true)}
      >
        Purge
      </Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title="Purge this wire?">
        <Text size="sm">
          About {counted(depth, 'message')} on {wireName} will be thrown away. What is in hand is finished. This cannot
          be undone.
        </Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setAsking(false)}>
            Keep them
          </Button>
          <Button color="red" loading={purge.isPending} onClick={() => purge.mutate()}>
            Purge messages
          </Button>
        </Group>
      </Modal>
    </>
  );
}
