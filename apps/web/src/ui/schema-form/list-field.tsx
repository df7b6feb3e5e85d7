import { MultiSelect, TagsInput } from '@mantine/core';
import type { ControlProps } from './control-props.ts';

/** Several of a fixed set. */
export function ChoicesField({ label, description, error, schema, value, onChange }: ControlProps) {
  const current = Array.isArray(value) ? value : Array.isArray(schema.default) ? schema.default : [];
  return (
    <MultiSelect
      size="xs"
      label={label}
      description={description}
      error={error}
      data={(schema.items?.enum ?? []).map(String)}
      value={current.map(String)}
      onChange={(next) => onChange(next.length === 0 ? undefined : next)}
    />
  );
}

/** Any number of texts or numbers. */
export function ListField({ label, description, error, schema, value, onChange }: ControlProps) {
  const numeric = schema.items?.type === 'integer' || schema.items?.type === 'number';
  return (
    <TagsInput
      size="xs"
      label={label}
      description={description}
      error={error}
      placeholder="Type and press Enter"
      value={(Array.isArray(value) ? value : []).map(String)}
      onChange={(next) => {
        const values = numeric ? next.map(Number).filter((number) => Number.isFinite(number)) : next;
        onChange(values.length === 0 ? undefined : values);
      }}
    />
  );
}
