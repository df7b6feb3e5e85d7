import { Button, Fieldset, Group, Text } from '@mantine/core';
import type { ComponentType } from 'react';
import type { ControlProps, FormContext, SchemaFormProps } from './control-props.ts';
import { withKey, type Value } from './field-model.ts';
import type { FieldSchema } from './json-schema.ts';

interface GroupFieldProps extends ControlProps {
  readonly path: string;
  readonly name: string;
  readonly parent: Value;
  readonly context: FormContext;
  readonly onChangeIn: SchemaFormProps['onChange'];
  readonly form: ComponentType<SchemaFormProps>;
}

/** Settings that belong together; an optional group is there or not. */
export function GroupField({
  label,
  description,
  error,
  required,
  schema,
  value,
  path,
  name,
  parent,
  context,
  onChange,
  onChangeIn,
  form: Form,
}: GroupFieldProps) {
  const group = (schema.anyOf ?? schema.oneOf)?.find((alternative) => alternative.type === 'object') ?? schema;
  if (value === undefined && !required) {
    return (
      <Group justify="space-between" wrap="nowrap" gap="xs" align="flex-start">
        <div>
          <Text size="sm" fw={500}>
            {label}
          </Text>
          <Text size="xs" c="dimmed">
            {description ?? 'Not set.'}
          </Text>
        </div>
        <Button
          variant="default"
          size="compact-sm"
          h={26}
          onClick={() => onChange(startOf(group))}
          aria-label={`Set ${label}`}
          style={{ flexShrink: 0 }}
        >
          Set
        </Button>
      </Group>
    );
  }
  return (
    <Fieldset
      legend={label}
      radius="sm"
      px={12}
      py={8}
      styles={{ legend: { fontSize: 13, fontWeight: 600, padding: '0 4px' } }}
    >
      {description !== undefined && (
        <Text size="xs" c="dimmed" mb={8}>
          {description}
        </Text>
      )}
      {error !== undefined && (
        <Text size="xs" c="red" mb={8} role="alert">
          {error}
        </Text>
      )}
      <Form
        schema={group}
        value={isRecord(value) ? value : {}}
        path={path}
        context={context}
        onChange={(next, changed) => onChangeIn(withKey(parent, name, next), changed)}
      />
      {!required && (
        <Group justify="flex-end" mt={10}>
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            h={26}
            onClick={() => onChange(undefined)}
            aria-label={`Remove ${label}`}
          >
            Remove
          </Button>
        </Group>
      )}
    </Fieldset>
  );
}

/** A fresh group holds what its schema demands. */
function startOf(group: FieldSchema): Value {
  return Object.fromEntries(
    (group.required ?? []).map((key) => {
      const field = group.properties?.[key];
      return [key, field?.default ?? field?.examples?.[0] ?? field?.enum?.[0] ?? ''];
    }),
  );
}

function isRecord(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
