import { Button, Collapse, Stack } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import type { SchemaFormProps } from './control-props.ts';
import { isShown } from './field-model.ts';
import { SchemaField } from './schema-field.tsx';

/** Fields for everything an object schema names; what is rarely changed is folded away. */
export function SchemaForm({ schema, value, onChange, context, path = '' }: SchemaFormProps) {
  const fields = Object.entries(schema.properties ?? {}).filter(([, field]) => isShown(field, value, schema));
  const isAdvanced = ([key, field]: (typeof fields)[number]): boolean =>
    field.advanced ?? context.texts[path === '' ? key : `${path}.${key}`]?.advanced ?? false;
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
      form={SchemaForm}
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
