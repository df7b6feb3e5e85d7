import { Textarea } from '@mantine/core';
import type { ControlProps } from './control-props.ts';
import { useTextDraft } from './use-text-draft.ts';

/** Anything that has no control of its own, as JSON. What cannot be read stays in the field and is not passed on. */
export function JsonField({ label, description, error, required, value, onChange }: ControlProps) {
  const [text, type] = useTextDraft(value, (current) =>
    current === undefined ? '' : JSON.stringify(current, null, 2),
  );
  const read = readJson(text);
  return (
    <Textarea
      size="xs"
      label={label}
      description={description}
      error={read.ok ? error : `${label} is not JSON yet.`}
      withAsterisk={required}
      autosize
      minRows={2}
      maxRows={14}
      spellCheck={false}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }}
      value={text}
      onChange={(event) => {
        const typed = event.currentTarget.value;
        const next = readJson(typed);
        type(typed, next.ok ? next.value : value);
        if (next.ok) onChange(next.value);
      }}
    />
  );
}

function readJson(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  if (text.trim() === '') return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false };
    throw error;
  }
}
