import { Badge, List, Text } from '@mantine/core';
import type { ChangeWords } from './describe-change.ts';

const COLORS = { added: 'sea', removed: 'red', changed: 'gray' } as const;

/** What differs between two documents, one line each. */
export function ChangeList({ changes, label }: { readonly changes: readonly ChangeWords[]; readonly label: string }) {
  return (
    <List
      listStyleType="none"
      spacing={6}
      aria-label={label}
      styles={{ itemWrapper: { display: 'block' }, itemLabel: { display: 'block' } }}
    >
      {changes.map((change) => (
        <List.Item key={`${change.sign} ${change.what}`}>
          <Badge size="sm" color={COLORS[change.sign]} mr={8} w={72}>
            {change.sign}
          </Badge>
          <Text span size="sm" fw={500}>
            {change.what}
          </Text>
          {change.fields.map((field) => (
            <Text key={field} size="xs" c="dimmed" pl={84} style={{ overflowWrap: 'anywhere' }}>
              {field}
            </Text>
          ))}
        </List.Item>
      ))}
    </List>
  );
}
