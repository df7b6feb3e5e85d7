import { Alert, Button, Group, Modal, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { parseRate } from '@sluice/pipeline';
import type { RedriveForecastView, RedriveRequestBody } from '@sluice/protocol';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../../lib/api/api-error.ts';
import { deadLetterRequests, type LetterFilter } from '../../lib/api/dead-letter-requests.ts';
import { redriveForecastQuery } from '../../lib/api/queries.ts';
import { counted, exactNumber } from '../../lib/format/compact-number.ts';
import { DelayedSkeleton } from '../../ui/delayed-skeleton.tsx';
import { FailurePanel } from '../../ui/failure-panel.tsx';

/** A wire that messages can be redriven over. */
export interface NamedWire {
  readonly id: string;
  readonly name: string;
}

interface RedriveDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly pipelineId: string;
  readonly filter: LetterFilter;
  readonly name: string;
  readonly wires: readonly NamedWire[];
}

/** Sends many dead letters on their way again: says how many beforehand, and tries a few first. */
export function RedriveDialog({ opened, onClose, ...rest }: RedriveDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Redrive dead letters" size="lg">
      <RedriveForm onClose={onClose} {...rest} />
    </Modal>
  );
}

/** More than so many, and a few go first unless told otherwise. */
const CANARY = { from: 20, messages: 10 } as const;

function RedriveForm({ onClose, pipelineId, filter, name, wires }: Omit<RedriveDialogProps, 'opened'>) {
  const [toWire, setToWire] = useState<string | null>(null);
  const [canary, setCanary] = useState<number | null>(null);
  const [stopAtPercent, setStopAtPercent] = useState(50);
  const [pace, setPace] = useState('');
  const client = useQueryClient();
  // What the server counts by is what it redrives by.
  const wanted = { filter: filter as RedriveRequestBody['filter'], ...(toWire === null ? {} : { toWire }) };
  const { data: forecast, error, isPending, refetch } = useQuery(redriveForecastQuery(pipelineId, wanted));
  const start = useMutation({
    mutationFn: (request: RedriveRequestBody) => deadLetterRequests.start(pipelineId, request),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['redrives', pipelineId] });
      onClose();
    },
  });
  const messages = forecast?.messages ?? 0;
  const first = Math.min(canary ?? (messages > CANARY.from ? CANARY.messages : 0), messages);
  const paceError = pace === '' || (parseRate(pace) ?? 0) > 0 ? null : 'This is not a rate such as 10/s or 100/m.';
  return (
    <Stack gap="md">
      {isPending ? (
        <DelayedSkeleton label="Counting dead letters" height={24} />
      ) : forecast === undefined ? (
        <FailurePanel title="The dead letters could not be counted" error={error} onRetry={() => void refetch()} />
      ) : (
        <Forecast forecast={forecast} name={name} />
      )}
      <Group grow align="flex-start">
        <NumberInput
          size="xs"
          label="Try first"
          description="The rest follows when these worked."
          min={0}
          max={100_000}
          allowDecimal={false}
          value={first}
          onChange={(value) => setCanary(Number(value))}
        />
        <NumberInput
          size="xs"
          label="Stop when more die again"
          description="Share of those whose end is known."
          suffix=" %"
          min={0}
          max={100}
          value={stopAtPercent}
          onChange={(value) => setStopAtPercent(Number(value))}
        />
        <TextInput
          size="xs"
          label="At most"
          description="Such as 10/s. Empty: as fast as the wires take them."
          error={paceError}
          value={pace}
          onChange={(event) => setPace(event.currentTarget.value.trim())}
        />
      </Group>
      <Select
        size="xs"
        label="Over"
        placeholder="The wire that each came from"
        clearable
        data={wires.map(({ id, name: label }) => ({ value: id, label }))}
        value={toWire}
        onChange={setToWire}
      />
      {start.error !== null && (
        <Alert color="red" role="alert" title="Not redriven. They stay dead letters.">
          {start.error.message}
          {start.error instanceof ApiError && ` (request ${start.error.problem.requestId})`}
        </Alert>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          disabled={messages === 0 || paceError !== null}
          loading={start.isPending}
          onClick={() =>
            start.mutate({
              ...wanted,
              stopAtFailureRatio: stopAtPercent / 100,
              ...(first > 0 ? { canary: first } : {}),
              ...(pace === '' ? {} : { pace }),
            })
          }
          data-autofocus
        >
          {first > 0 && first < messages
            ? `Redrive ${exactNumber(first)}, then ${exactNumber(messages - first)}`
            : `Redrive ${counted(messages, 'message')}`}
        </Button>
      </Group>
    </Stack>
  );
}

/** What it will do, and what it cannot do. */
function Forecast({ forecast, name }: { readonly forecast: RedriveForecastView; readonly name: string }) {
  const { messages, refused, hasMore } = forecast;
  const stay = refused.reduce((sum, { messages: count }) => sum + count, 0);
  return (
    <>
      <Text size="sm">
        {name}: {counted(messages, 'message')} will go back to where they came from, under their ids, with attempts
        begun anew.{hasMore && ' There are more; they follow in another redrive.'}
      </Text>
      {stay > 0 && (
        <Alert color="yellow" title={`${counted(stay, 'dead letter')} would stay`}>
          What they came from is no more: {refused.map(({ wireId }) => wireId ?? 'unknown').join(', ')}. Choose another
          wire below, or discard them.
        </Alert>
      )}
    </>
  );
}
