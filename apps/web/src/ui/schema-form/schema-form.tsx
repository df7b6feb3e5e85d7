import { Button, Collapse, Stack } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { isShown, type FieldTexts, type Value } from './field-model.ts';
import type { FieldSchema } from './json-schema.ts';
import { SchemaField } from './schema-field.tsx';

export interface FormContext {
  /** Words by dotted path, for fields whose schema has none. */
  readonly texts: Readonly<Record<string, FieldTexts>>;
  /** What is wrong, by JSON Pointer from the form's root. */
  readonly errors: ReadonlyMap<string, string>;
  /** True: a value that its schema refuses stays in the field, marked, and is not passed on. */
  readonly strict: boolean;
}

interface SchemaFormProps {
  readonly schema: FieldSchema;
  readonly value: Value;
  readonly onChange: (value: Value, changed: { readonly label: string; readonly path: string }) => void;
  readonly context: FormContext;
  /** Dotted path of this group inside of the form. */
  readonly path?: string;
}

/** Fields for everything an object schema names; what is rarely changed is folded away. */
export function SchemaForm({ schema, value, onChange, context, path = '' }: SchemaFormProps) {
  const fields = Object.entries(schema.properties ?? {}).filter(([, field]) => isShown(field, value, schema));
  const isAdvanced = ([key, field]: (typeof fields)[number]): boolean => field.advanced ?? context.texts[path === '' ? key : `${path}.${key}`]?.advanced ?? false;
  const advanced = fields.filter(isAdvanced);
  const [open, setOpen] = useState(() => advanced.some(([key]) => key in value));
  const shownAdvanced = open || advanced.some(([key]) => context.errors.has(`${pointerOf(path)}/${key}`));

  const show = ([key, field]: (typeof fields)[number]) => (
    <SchemaField
      key={key}
      name={key}
      path={path === '' ? key : `${path}.${key}`}
      pointer={`${pointerOf(path)}/${key}`}
      schema={field}
      required={schema.required?.includes(key) === true && field.default === undefined}
      parent={value}
      onChange={onChange}
      context={context}
    />
  );

  return (
    <Stack gap={14}>
      {fields.filter((field) => !isAdvanced(field)).map(show)}
      {advanced.length > 0 && (
        <div>
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            h={26}
            px={4}
            leftSection={shownAdvanced ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
            aria-expanded={shownAdvanced}
            onClick={() => setOpen(!shownAdvanced)}
          >
            More settings ({advanced.length})
          </Button>
          <Collapse expanded={shownAdvanced} keepMounted={false}>
            <Stack gap={14} pt={10}>
              {advanced.map(show)}
            </Stack>
          </Collapse>
        </div>
      )}
    </Stack>
  );
}

function pointerOf(path: string): string {
  return path === '' ? '' : `/${path.replaceAll('.', '/')}`;
}
