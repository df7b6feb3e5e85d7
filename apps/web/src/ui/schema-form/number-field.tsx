import { NumberInput, Text } from '@mantine/core';
import { humaneBytes } from '../../lib/format/compact-number.ts';
import { problemWith } from './field-model.ts';
import type { ControlProps } from './control-props.ts';
import { useTextDraft } from './use-text-draft.ts';

/** A number with its unit beside it. */
export function NumberField({
  label,
  description,
  error,
  required,
  schema,
  value,
  placeholder,
  unit,
  strict,
  onChange,
}: ControlProps) {
  const [text, type] = useTextDraft(value, (current) => (typeof current === 'number' ? String(current) : ''));
  const typed = text.trim() === '' ? undefined : Number(text);
  const problem = problemWith(schema, typed);

  const handleChange = (next: string | number): void => {
    const number = next === '' ? undefined : Number(next);
    const keep = strict && problemWith(schema, number) !== null;
    type(String(next), keep ? value : number);
    if (!keep) onChange(number);
  };

  return (
    <NumberInput
      size="xs"
      label={label}
      description={description}
      error={strict && problem !== null ? `${label} ${problem}.` : error}
      withAsterisk={required}
      placeholder={placeholder ?? ''}
      allowDecimal={schema.type !== 'integer'}
      step={schema.type !== 'integer' ? 0.1 : 1}
      thousandSeparator={schema.type === 'integer' ? ',' : ''}
      hideControls
      rightSection={
        unit === undefined ? null : (
          <Text size="xs" c="dimmed" pr={8} ta="right" w="100%" truncate>
            {unit === 'bytes' && typed !== undefined ? humaneBytes(typed) : unit}
          </Text>
        )
      }
      rightSectionWidth={unit === undefined ? 0 : 92}
      value={text}
      onChange={handleChange}
    />
  );
}
