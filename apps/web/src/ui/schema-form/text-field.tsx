import { Text, Textarea, TextInput } from '@mantine/core';
import { parseDuration, parseRate } from '@sluice/pipeline';
import { perSecond } from '../../lib/format/compact-number.ts';
import { humaneDuration } from '../../lib/format/humane-duration.ts';
import { problemWith } from './field-model.ts';
import type { ControlProps } from './control-props.ts';
import { useTextDraft } from './use-text-draft.ts';

interface TextFieldProps extends ControlProps {
  readonly kind: 'text' | 'multiline' | 'expression' | 'duration' | 'rate';
}

/** A text that is kept as it is typed. Emptied, the setting is gone and its default counts. */
export function TextField({
  kind,
  label,
  description,
  error,
  required,
  schema,
  value,
  placeholder,
  strict,
  onChange,
}: TextFieldProps) {
  const [text, type] = useTextDraft(value, (current) =>
    typeof current === 'string' ? current : current === undefined ? '' : JSON.stringify(current),
  );
  const problem = text === '' ? null : problemWith(schema, text);
  // Without strictness the value is in the document, and what is wrong with it comes with the findings.
  const shownError = strict && problem !== null ? `${label} ${problem}.` : error;

  const handleChange = (typed: string): void => {
    const next = typed === '' ? undefined : typed;
    const keep = strict && next !== undefined && problemWith(schema, next) !== null;
    type(typed, keep ? value : next);
    if (!keep) onChange(next);
  };

  if (kind === 'expression' || kind === 'multiline') {
    return (
      <Textarea
        size="xs"
        label={label}
        description={description}
        error={shownError}
        withAsterisk={required}
        autosize
        minRows={kind === 'expression' ? 2 : 3}
        maxRows={14}
        placeholder={placeholder}
        spellCheck={kind === 'multiline'}
        styles={
          kind === 'expression' ? { input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } } : {}
        }
        value={text}
        onChange={(event) => handleChange(event.currentTarget.value)}
      />
    );
  }
  return (
    <TextInput
      size="xs"
      label={label}
      description={description}
      error={shownError}
      withAsterisk={required}
      placeholder={placeholder}
      spellCheck={false}
      rightSection={<Reading kind={kind} text={text} />}
      rightSectionWidth={kind === 'duration' || kind === 'rate' ? 78 : 0}
      value={text}
      onChange={(event) => handleChange(event.currentTarget.value)}
    />
  );
}

/** The notation in words: `90s` is 1 min 30 s. */
function Reading({ kind, text }: { readonly kind: TextFieldProps['kind']; readonly text: string }) {
  const duration = kind === 'duration' ? parseDuration(text) : undefined;
  const rate = kind === 'rate' ? parseRate(text) : undefined;
  const words = duration !== undefined ? humaneDuration(duration) : rate !== undefined ? perSecond(rate) : null;
  return words === null || words.replace(' ', '').replace('min', 'm') === text ? null : (
    <Text size="xs" c="dimmed" pr={8} ta="right" w="100%" truncate>
      {words}
    </Text>
  );
}
