import { Group, NativeSelect, Button } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { secretsQuery } from '../../lib/api/queries.ts';
import { SecretDialog } from '../secret-dialog.tsx';
import type { ControlProps } from './control-props.ts';

/** Picks a secret by name, or sets a new one. The document holds the name only. */
export function SecretField({ label, description, error, required, value, onChange }: ControlProps) {
  const [creating, setCreating] = useState(false);
  const { data: secrets, error: failure } = useQuery(secretsQuery());
  const chosen = secretName(value);
  const names = (secrets ?? []).map((secret) => secret.name);
  const missing = chosen !== null && secrets !== undefined && !names.includes(chosen);
  return (
    <>
      <Group gap={6} align="flex-end" wrap="nowrap">
        <NativeSelect
          size="xs"
          style={{ flex: 1 }}
          label={label}
          description={description}
          leftSection={<IconKey size={14} />}
          error={
            failure !== null
              ? 'Names of secrets could not be read.'
              : missing
                ? `The secret ${chosen} is not set yet.`
                : error
          }
          withAsterisk={required}
          value={chosen ?? ''}
          data={[
            { value: '', label: names.length === 0 ? 'No secrets yet' : 'Choose a secret' },
            ...(missing ? [{ value: chosen, label: `${chosen} (not set)` }] : []),
            ...names.map((name) => ({ value: name, label: name })),
          ]}
          onChange={(event) =>
            onChange(event.currentTarget.value === '' ? undefined : { $secret: event.currentTarget.value })
          }
        />
        <Button
          variant="default"
          leftSection={<IconPlus size={14} />}
          onClick={() => setCreating(true)}
          aria-label={`New secret for ${label}`}
        >
          New
        </Button>
      </Group>
      <SecretDialog
        opened={creating}
        name={null}
        onClose={() => setCreating(false)}
        onSaved={(name) => {
          setCreating(false);
          onChange({ $secret: name });
        }}
      />
    </>
  );
}

/** Name in a secret reference. */
export function secretName(value: unknown): string | null {
  return typeof value === 'object' && value !== null && '$secret' in value && typeof value.$secret === 'string'
    ? value.$secret
    : null;
}
