import { Alert, Button, Checkbox, Group, Modal, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import type { ReplayRequestBody } from '@sluice/protocol';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../../lib/api/api-error.ts';
import { pipelineRequests } from '../../lib/api/pipeline-requests.ts';
import { counted } from '../../lib/format/compact-number.ts';
import { showDone } from '../../ui/show-failure.ts';

interface ReplayDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly pipelineId: string;
  readonly wireId: string;
  readonly wireName: string;
}

const STARTS = [
  { value: 'earliest', label: 'The oldest that is kept' },
  { value: 'time', label: 'A time' },
  { value: 'position', label: 'A position of one partition' },
] as const;
type Start = (typeof STARTS)[number]['value'];

/** Has an event wire deliver again what it has delivered. */
export function ReplayDialog({ opened, onClose, ...rest }: ReplayDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Replay this wire">
      <ReplayForm onClose={onClose} {...rest} />
    </Modal>
  );
}

function ReplayForm({ onClose, pipelineId, wireId, wireName }: Omit<ReplayDialogProps, 'opened'>) {
  const [start, setStart] = useState<Start>('earliest');
  const [time, setTime] = useState('');
  const [partition, setPartition] = useState(0);
  const [position, setPosition] = useState(0);
  const [freshIds, setFreshIds] = useState(false);
  const client = useQueryClient();
  const replay = useMutation({
    mutationFn: (request: ReplayRequestBody) => pipelineRequests.replay(pipelineId, wireId, request),
    onSuccess: async ({ messages }) => {
      showDone(`${wireName} delivers ${counted(messages, 'message')} again`);
      onClose();
      await client.invalidateQueries({ queryKey: ['messages', pipelineId] });
    },
  });
  const at = Date.parse(time);
  const from: ReplayRequestBody['from'] | undefined =
    start === 'earliest'
      ? start
      : start === 'position'
        ? { partition, position }
        : Number.isNaN(at)
          ? undefined
          : { time: at };
  return (
    <Stack gap="sm">
      <Text size="sm">
        {wireName} delivers again from there on, in order. Other wires on the same port notice nothing.
      </Text>
      <Select
        size="xs"
        label="From"
        allowDeselect={false}
        data={STARTS}
        value={start}
        onChange={(value) => setStart(STARTS.find((one) => one.value === value)?.value ?? 'earliest')}
      />
      {start === 'time' && (
        <TextInput
          size="xs"
          type="datetime-local"
          step={1}
          label="Time"
          description="Messages that were put on the wire then or later."
          value={time}
          onChange={(event) => setTime(event.currentTarget.value)}
        />
      )}
      {start === 'position' && (
        <Group grow>
          <NumberInput
            size="xs"
            label="Partition"
            min={0}
            allowDecimal={false}
            value={partition}
            onChange={(value) => setPartition(Number(value))}
          />
          <NumberInput
            size="xs"
            label="Position"
            min={0}
            allowDecimal={false}
            value={position}
            onChange={(value) => setPosition(Number(value))}
          />
        </Group>
      )}
      <Checkbox
        size="xs"
        label="Give the messages new ids"
        description="Otherwise a target that honours idempotency keys leaves out what it had before."
        checked={freshIds}
        onChange={(event) => setFreshIds(event.currentTarget.checked)}
      />
      {replay.error !== null && (
        <Alert color="red" role="alert" title="Not replayed">
          {replay.error.message}
          {replay.error instanceof ApiError && ` (request ${replay.error.problem.requestId})`}
        </Alert>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          disabled={from === undefined}
          loading={replay.isPending}
          onClick={() => from !== undefined && replay.mutate({ from, freshIds })}
        >
          Replay
        </Button>
      </Group>
    </Stack>
  );
}
