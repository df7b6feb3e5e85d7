import { ActionIcon, Code, CopyButton, Group, Stack, Text, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useRunState } from '../../lib/live/live-context.tsx';

type RunState = NonNullable<ReturnType<typeof useRunState>>['state'];

interface WebhookAddressProps {
  readonly pipelineName: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Where senders send to, ready to be copied and tried. */
export function WebhookAddress({ pipelineName, config }: WebhookAddressProps) {
  const run = useRunState();
  const path = typeof config['path'] === 'string' ? config['path'] : '';
  const address = `${window.location.origin}/hooks/${pipelineName}/${path}`;
  const methods = Array.isArray(config['methods']) ? config['methods'].map(String) : ['POST'];
  const method = methods.includes('POST') ? 'POST' : (methods[0] ?? 'POST');
  const curl = `curl -X ${method} ${address} -H 'content-type: application/json' -d '{"id":"1","total":42}'`;
  return (
    <Stack gap={10} p={10} style={{ background: 'var(--surface-sunken)', borderRadius: 6 }}>
      <Copyable
        label="Address"
        text={address}
        {...(run?.state === 'running' ? {} : { note: silenceWords(run?.state) })}
      />
      <Copyable label="Try it" text={curl} />
    </Stack>
  );
}

function silenceWords(state: RunState | undefined): string {
  switch (state) {
    case 'paused':
    case 'stopped':
      return `Answers once this pipeline is resumed: it is ${state}.`;
    case 'draining':
      return 'Refuses everything while this pipeline drains.';
    case 'failed':
      return 'Does not answer: what was deployed could not run.';
    case 'running':
    case undefined:
      return 'Answers once this pipeline is deployed.';
  }
}

function Copyable({ label, text, note }: { readonly label: string; readonly text: string; readonly note?: string }) {
  const name = label === 'Address' ? 'address' : 'curl command';
  return (
    <div>
      <Group justify="space-between" wrap="nowrap" gap={4}>
        <Text size="xs" fw={600}>
          {label}
        </Text>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Tooltip label={copied ? 'Copied' : 'Copy'}>
              <ActionIcon
                variant="subtle"
                color={copied ? 'sea' : 'gray'}
                size={26}
                aria-label={copied ? `Copied ${name}` : `Copy ${name}`}
                onClick={copy}
              >
                {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      </Group>
      <Code
        block
        fz={12}
        style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', background: 'transparent', padding: 0 }}
      >
        {text}
      </Code>
      {note !== undefined && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </div>
  );
}
