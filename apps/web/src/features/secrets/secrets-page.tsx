import { ActionIcon, Button, EmptyState, Group, Modal, Table, Text, Title } from '@mantine/core';
import { IconKey, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { secretsQuery } from '../../lib/api/queries.ts';
import { secretRequests } from '../../lib/api/secret-requests.ts';
import { humaneAge } from '../../lib/format/humane-duration.ts';
import { DelayedSkeleton } from '../../ui/delayed-skeleton.tsx';
import { FailurePanel } from '../../ui/failure-panel.tsx';
import { SecretDialog } from '../../ui/secret-dialog.tsx';
import { showDone, showFailure } from '../../ui/show-failure.ts';
import { useNow } from '../../ui/use-now.ts';

/** Names of the secrets; values go in and never come out. */
export function SecretsPage() {
  const { data: secrets, error, isPending, refetch } = useQuery(secretsQuery());
  const [editing, setEditing] = useState<{ readonly name: string | null } | null>(null);
  const [removing, setRemoving] = useState<string | null>(null);
  const now = useNow(30_000);
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: secretRequests.remove,
    onSuccess: async (_result, name) => {
      showDone(`Secret ${name} deleted`);
      await client.invalidateQueries({ queryKey: ['secrets'] });
    },
    onError: (failure, name) => showFailure(`Secret ${name} was not deleted`, failure),
  });

  return (
    <main style={{ maxWidth: 880, margin: '0 auto', padding: 24 }}>
      <title>Secrets · Sluice</title>
      <Group justify="space-between" mb={4}>
        <Title order={1}>Secrets</Title>
        <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing({ name: null })}>
          New secret
        </Button>
      </Group>
      <Text size="sm" c="dimmed" mb="md">
        Documents name a secret, never its value. Values are encrypted at rest and cannot be read back, only replaced.
      </Text>
      {isPending && <DelayedSkeleton label="Reading secrets" />}
      {error !== null && secrets === undefined && (
        <FailurePanel title="Secrets could not be read" error={error} onRetry={() => void refetch()} />
      )}
      {secrets?.length === 0 && (
        <EmptyState
          py={72}
          icon={<IconKey />}
          title="No secrets yet"
          description="Signing keys of webhooks and tokens of the services you call belong here. Nodes pick them by name."
        >
          <EmptyState.Actions>
            <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing({ name: null })}>
              Set the first secret
            </Button>
          </EmptyState.Actions>
        </EmptyState>
      )}
      {secrets !== undefined && secrets.length > 0 && (
        <Table highlightOnHover verticalSpacing={6} style={{ background: 'var(--surface-raised)' }} withTableBorder>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Last set</Table.Th>
              <Table.Th style={{ width: 96, textAlign: 'right' }}>Change</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {secrets.map((secret) => (
              <Table.Tr key={secret.name}>
                <Table.Td ff="monospace">{secret.name}</Table.Td>
                <Table.Td title={new Date(secret.updatedAt).toLocaleString(undefined, { timeZoneName: 'short' })}>
                  {humaneAge(Date.parse(secret.updatedAt), now)}
                </Table.Td>
                <Table.Td>
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size={28}
                      aria-label={`Replace ${secret.name}`}
                      onClick={() => setEditing({ name: secret.name })}
                    >
                      <IconPencil size={16} />
                    </ActionIcon>
                    <ActionIcon
                      variant="subtle"
                      color="red"
                      size={28}
                      aria-label={`Delete ${secret.name}`}
                      onClick={() => setRemoving(secret.name)}
                    >
                      <IconTrash size={16} />
                    </ActionIcon>
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <SecretDialog
        opened={editing !== null}
        name={editing?.name ?? null}
        onClose={() => setEditing(null)}
        onSaved={() => setEditing(null)}
      />
      <Modal opened={removing !== null} onClose={() => setRemoving(null)} title={`Delete secret ${removing ?? ''}?`}>
        <Text size="sm">
          Nodes that name it fail their next try, and pipelines that use it cannot be deployed until it is set again.
        </Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setRemoving(null)}>
            Keep it
          </Button>
          <Button
            color="red"
            onClick={() => {
              if (removing !== null) remove.mutate(removing);
              setRemoving(null);
            }}
          >
            Delete secret
          </Button>
        </Group>
      </Modal>
    </main>
  );
}
