import { ActionIcon, Button, Group, Input, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { ControlProps } from './control-props.ts';
import { SecretField, secretName } from './secret-field.tsx';

interface Row {
  readonly key: number;
  readonly name: string;
  readonly value: unknown;
}

/** Names with texts or secrets. Rows without a name are kept here and not passed on. */
export function HeadersField({ label, description, error, schema, value, onChange }: ControlProps) {
  const [draft, setDraft] = useState<{ readonly rows: readonly Row[]; readonly base: string }>(() => ({
    rows: rowsOf(value),
    base: JSON.stringify(value),
  }));
  // Undo and the like change the value from elsewhere: then the rows are read anew.
  const rows = draft.base === JSON.stringify(value) ? draft.rows : rowsOf(value);

  const change = (next: readonly Row[]): void => {
    const record = Object.fromEntries(
      next
        .filter((row) => row.name !== '' && row.value !== '' && secretName(row.value) !== '')
        .map((row) => [row.name, row.value]),
    );
    const led = Object.keys(record).length === 0 ? undefined : record;
    setDraft({ rows: next, base: JSON.stringify(led) });
    onChange(led);
  };
  const changeRow = (key: number, part: Partial<Row>): void =>
    change(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  const addRow = (): void =>
    setDraft({
      rows: [...rows, { key: Math.max(0, ...rows.map((row) => row.key)) + 1, name: '', value: '' }],
      base: JSON.stringify(value),
    });

  return (
    <Input.Wrapper label={label} description={description} error={error} size="xs" labelElement="div">
      <Stack gap={8} mt={4}>
        {rows.map((row, index) => (
          <Stack key={row.key} gap={4} pl={8} style={{ borderLeft: '2px solid var(--line)' }}>
            <Group gap={6} wrap="nowrap">
              <TextInput
                size="xs"
                style={{ flex: 1 }}
                aria-label={`${label} ${index + 1}: name`}
                placeholder="authorization"
                value={row.name}
                onChange={(event) => changeRow(row.key, { name: event.currentTarget.value })}
              />
              <SegmentedControl
                size="xs"
                aria-label={`${label} ${index + 1}: kind`}
                data={[
                  { value: 'text', label: 'Text' },
                  { value: 'secret', label: 'Secret' },
                ]}
                value={typeof row.value === 'string' ? 'text' : 'secret'}
                onChange={(kind) => changeRow(row.key, { value: kind === 'text' ? '' : { $secret: '' } })}
              />
              <ActionIcon
                variant="subtle"
                color="gray"
                size={28}
                aria-label={`Remove ${label} ${index + 1}`}
                onClick={() => change(rows.filter((other) => other.key !== row.key))}
              >
                <IconTrash size={14} />
              </ActionIcon>
            </Group>
            {typeof row.value === 'string' ? (
              <TextInput
                size="xs"
                aria-label={`${label} ${index + 1}: value`}
                placeholder="value"
                value={row.value}
                onChange={(event) => changeRow(row.key, { value: event.currentTarget.value })}
              />
            ) : (
              <SecretField
                label={`Secret of ${row.name === '' ? `header ${index + 1}` : row.name}`}
                description={undefined}
                error={undefined}
                required={false}
                schema={schema}
                value={secretName(row.value) === '' ? undefined : row.value}
                placeholder={undefined}
                unit={undefined}
                strict={false}
                onChange={(next) => changeRow(row.key, { value: next ?? { $secret: '' } })}
              />
            )}
          </Stack>
        ))}
        {rows.length === 0 && (
          <Text size="xs" c="dimmed">
            None.
          </Text>
        )}
        <div>
          <Button variant="default" size="compact-sm" h={26} leftSection={<IconPlus size={14} />} onClick={addRow}>
            Add {label.toLowerCase().replace(/s$/, '')}
          </Button>
        </div>
      </Stack>
    </Input.Wrapper>
  );
}

function rowsOf(value: unknown): readonly Row[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).map(([name, content], index) => ({ key: index + 1, name, value: content }));
}
