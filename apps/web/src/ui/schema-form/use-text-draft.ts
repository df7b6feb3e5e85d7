import { useState } from 'react';

/**
 * What stands in a field while it is typed. The typed text counts until the value changes from elsewhere (undo, another
 * tab): then the value counts. `base` is the value that the typed text led to.
 */
export function useTextDraft(
  value: unknown,
  asText: (value: unknown) => string,
): readonly [text: string, type: (text: string, led: unknown) => void] {
  const [draft, setDraft] = useState<{ readonly text: string; readonly base: unknown } | null>(null);
  const text = draft !== null && Object.is(draft.base, value) ? draft.text : asText(value);
  return [text, (typed, led) => setDraft({ text: typed, base: led })];
}
