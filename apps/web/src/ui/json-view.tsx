import { Code } from '@mantine/core';

/** A JSON value to read and copy. */
export function JsonView({ value, label }: { readonly value: unknown; readonly label: string }) {
  return (
    <Code
      block
      tabIndex={0}
      aria-label={label}
      fz="xs"
      style={{ maxHeight: 220, overflow: 'auto', background: 'var(--surface-sunken)' }}
    >
      {JSON.stringify(value, null, 2)}
    </Code>
  );
}
