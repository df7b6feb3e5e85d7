import type { ComponentType } from 'react';
import { NativeSelect, Switch } from '@mantine/core';
import type { ControlProps, FormContext, SchemaFormProps } from './control-props.ts';
import { fieldKind, labelFromKey, withKey, type Value } from './field-model.ts';
import { GroupField } from './group-field.tsx';
import { HeadersField } from './headers-field.tsx';
import type { FieldSchema } from './json-schema.ts';
import { JsonField } from './json-field.tsx';
import { ChoicesField, ListField } from './list-field.tsx';
import { NumberField } from './number-field.tsx';
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
  /** Draws the fields of a group. Given, because a form holds fields and a field may hold a form. */
  readonly form: ComponentType<SchemaFormProps>;
}

/** One setting: the control that fits its schema, with label, help, default and what is wrong. */
export function SchemaField({
  name,
  path,
  pointer,
  schema,
  required,
  parent,
  onChange,
  context,
  form,
}: SchemaFieldProps) {
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
      return (
        <Switch
          label={label}
          description={control.description}
          checked={(value ?? schema.default) === true}
          onChange={(event) => control.onChange(event.currentTarget.checked)}
        />
      );
    case 'choice':
      return (
        <NativeSelect
          size="xs"
          label={label}
          description={control.description}
          error={control.error}
          value={asChoice(value ?? schema.default)}
          data={[
            ...(value === undefined && schema.default === undefined
              ? [{ value: '', label: control.placeholder ?? 'Not set' }]
              : []),
            ...(schema.enum ?? []).map(String),
          ]}
          onChange={(event) =>
            control.onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)
          }
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
      return (
        <GroupField
          {...control}
          path={path}
          context={context}
          onChangeIn={onChange}
          name={name}
          parent={parent}
          form={form}
        />
      );
  }
}

function placeholderOf(schema: FieldSchema): string | undefined {
  if (['string', 'number', 'boolean'].includes(typeof schema.default)) return `${asChoice(schema.default)} (default)`;
  const [example] = schema.examples ?? [];
  return typeof example === 'string' || typeof example === 'number' ? `e.g. ${example}` : undefined;
}

function asChoice(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}
