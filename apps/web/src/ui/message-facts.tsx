import { Group, Stack, Text } from '@mantine/core';
import { humaneAge } from '../lib/format/humane-duration.ts';
import { JsonView } from './json-view.tsx';

interface MessageFactsProps {
  readonly id: string;
  readonly messageKey: string;
  readonly correlationId: string;
  readonly eventTime: number;
  readonly payload: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly history: readonly {
    readonly attempt: number;
    readonly at: number;
    readonly code: string;
    readonly message: string;
  }[];
  readonly now: number;
}

/** A message whole: what it carries, where it comes from, and what was tried. */
export function MessageFacts({
  id,
  messageKey,
  correlationId,
  eventTime,
  payload,
  headers,
  history,
  now,
}: MessageFactsProps) {
  return (
    <Stack gap={10}>
      <Group gap="4px 20px">
        <Fact name="Message" value={id} mono />
        {messageKey !== '' && <Fact name="Key" value={messageKey} mono />}
        {correlationId !== id && <Fact name="Correlation" value={correlationId} mono />}
        <Fact
          name="Happened"
          value={humaneAge(eventTime, now)}
          title={new Date(eventTime).toLocaleString(undefined, { timeZoneName: 'short' })}
        />
      </Group>
      {history.length > 0 && (
        <div>
          <Text size="xs" fw={600} mb={2}>
            Attempts
          </Text>
          <ol style={{ margin: 0, paddingLeft: 20 }} className="figures">
            {history.map((attempt) => (
              <li
                key={`${attempt.attempt} ${attempt.at}`}
                value={attempt.attempt}
                title={new Date(attempt.at).toLocaleString(undefined, { timeZoneName: 'short' })}
              >
                <Text size="xs" component="span">
                  {humaneAge(attempt.at, now)}: <strong>{attempt.code}</strong> {attempt.message}
                </Text>
              </li>
            ))}
          </ol>
        </div>
      )}
      <div>
        <Text size="xs" fw={600} mb={2}>
          Payload
        </Text>
        <JsonView value={payload} label="Payload" />
      </div>
      {Object.keys(headers).length > 0 && (
        <div>
          <Text size="xs" fw={600} mb={2}>
            Headers
          </Text>
          <JsonView value={headers} label="Headers" />
        </div>
      )}
    </Stack>
  );
}

function Fact({
  name,
  value,
  mono = false,
  title,
}: {
  readonly name: string;
  readonly value: string;
  readonly mono?: boolean;
  readonly title?: string;
}) {
  return (
    <Text size="xs" title={title}>
      <Text span size="xs" c="dimmed">
        {name}{' '}
      </Text>
      <span style={mono ? { fontFamily: 'var(--mantine-font-family-monospace)' } : {}}>{value}</span>
    </Text>
  );
}
