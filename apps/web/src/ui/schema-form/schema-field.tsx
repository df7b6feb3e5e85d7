import { Button, Fieldset, Group, NativeSelect, Switch, Text } from '@mantine/core';
import { fieldKind, labelFromKey, withKey, type Value } from './field-model.ts';
import { HeadersField } from './headers-field.tsx';
import type { FieldSchema } from './json-schema.ts';
import { JsonField } from './json-field.tsx';
import { ChoicesField, ListField } from './list-field.tsx';
import { NumberField } from './number-field.tsx';
import { SchemaForm, type FormContext } from './schema-form.tsx';
import { SecretField } from './secret-field.tsx';
import { TextField } from './text-field.tsx';

interface SchemaFieldProps {
  readonly name: string;
  readonly path: string;
  readonly pointer: string;
  readonly schema: FieldSchema;
  readonly required: boolean;
  readonly parent: Value;
  readonly onChange: (value: Value, changed: { readonly label: string; readonly path: string }) => void;
  readonly context: FormContext;
}

/** What every control is given. */
export interface ControlProps {
  readonly label: string;
  readonly description: string | undefined;
  readonly error: string | undefined;
  readonly required: boolean;
  readonly schema: FieldSchema;
  readonly value: unknown;
  readonly placeholder: string | undefined;
  readonly unit: string | undefined;
  readonly strict: boolean;
  readonly onChange: (value: unknown) => void;
}

/** One setting: the control that fits its schema, with label, help, default and what is wrong. */
export function SchemaField({ name, path, pointer, schema, required, parent, onChange, context }: SchemaFieldProps) {
  const texts = context.texts[path];
  const value = parent[name];
  const label = texts?.label ?? schema.title ?? labelFromKey(name);
  const control: ControlProps = {
    label,
    description: texts?.description ?? schema.description,
    error: context.errors.get(pointer),
    required,
    schema,
    value,
    placeholder: texts?.placeholder ?? placeholderOf(schema),
    unit: texts?.unit ?? (schema.control === 'bytes' ? 'bytes' : undefined),
    strict: context.strict,
    onChange: (next) => onChange(withKey(parent, name, next), { label, path }),
  };
  const kind = fieldKind(schema, value);
  switch (kind) {
    case 'text':
    case 'multiline':
    case 'expression':
    case 'duration':
    case 'rate':
      return <TextField {...control} kind={kind} />;
    case 'number':
      return <NumberField {...control} />;
    case 'boolean':
      return <Switch label={label} description={control.description} checked={(value ?? schema.default) === true} onChange={(event) => control.onChange(event.currentTarget.checked)} />;
    case 'choice':
      return (
        <NativeSelect
          size="xs"
          label={label}
          description={control.description}
          error={control.error}
          value={String(value ?? schema.default ?? '')}
          data={[...(value === undefined && schema.default === undefined ? [{ value: '', label: control.placeholder ?? 'Not set' }] : []), ...(schema.enum ?? []).map(String)]}
          onChange={(event) => control.onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
        />
      );
    case 'choices':
      return <ChoicesField {...control} />;
    case 'list':
      return <ListField {...control} />;
    case 'secret':
      return <SecretField {...control} />;
    case 'headers':
      return <HeadersField {...control} />;
    case 'json':
      return <JsonField {...control} />;
    case 'group':
      return <GroupField {...control} path={path} context={context} onChangeIn={onChange} name={name} parent={parent} />;
  }
}

interface GroupFieldProps extends ControlProps {
  readonly path: string;
  readonly name: string;
  readonly parent: Value;
  readonly context: FormContext;
  readonly onChangeIn: SchemaFieldProps['onChange'];
}

/** Settings that belong together; an optional group is there or not. */
function GroupField({ label, description, error, required, schema, value, path, name, parent, context, onChange, onChangeIn }: GroupFieldProps) {
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
        <Button variant="default" size="compact-sm" h={26} onClick={() => onChange(startOf(group))} aria-label={`Set ${label}`} style={{ flexShrink: 0 }}>
          Set
        </Button>
      </Group>
    );
  }
  return (
    <Fieldset legend={label} radius="sm" px={12} py={8} styles={{ legend: { fontSize: 13, fontWeight: 600, padding: '0 4px' } }}>
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
      <SchemaForm
        schema={group}
        value={isRecord(value) ? value : {}}
        path={path}
        context={context}
        onChange={(next, changed) => onChangeIn(withKey(parent, name, next), changed)}
      />
      {!required && (
        <Group justify="flex-end" mt={10}>
          <Button variant="subtle" color="gray" size="compact-sm" h={26} onClick={() => onChange(undefined)} aria-label={`Remove ${label}`}>
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

function placeholderOf(schema: FieldSchema): string | undefined {
  if (schema.default !== undefined && typeof schema.default !== 'object') return `${String(schema.default)} (default)`;
  const [example] = schema.examples ?? [];
  return typeof example === 'string' || typeof example === 'number' ? `e.g. ${example}` : undefined;
}

function isRecord(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
