import { Alert, List } from '@mantine/core';
import { counted } from '../../lib/format/compact-number.ts';

/** Wires that the new version lacks and that are not empty. */
export function HeldWires({
  held,
}: {
  readonly held: readonly { readonly wireId: string; readonly messages: number }[];
}) {
  return (
    <Alert color="yellow" role="alert" title="Removed wires still hold messages">
      Nothing was deployed. Let the wires run empty first, or move what they hold to dead letter.
      <List size="sm" mt={6}>
        {held.map((wire) => (
          <List.Item key={wire.wireId}>
            {counted(wire.messages, 'message')} on {wire.wireId}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
