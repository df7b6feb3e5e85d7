import { Button, Group, Modal, Text } from '@mantine/core';
import { useStore } from 'zustand';
import type { DraftSaver } from '../../lib/draft/draft-saver.ts';
import { humaneAge } from '../../lib/format/humane-duration.ts';
import { useNow } from '../../ui/use-now.ts';

/** Somebody else saved this draft in between: nothing is overwritten without being asked. */
export function ConflictDialog({ saver }: { readonly saver: DraftSaver }) {
  const state = useStore(saver.state);
  const now = useNow(10_000);
  const conflict = state.kind === 'conflict' ? state : null;
  return (
    <Modal
      opened={conflict !== null}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      title="This draft was changed elsewhere"
    >
      {conflict !== null && (
        <>
          <Text size="sm">
            Another tab or person saved it {humaneAge(Date.parse(conflict.theirs.updatedAt), now)} (revision{' '}
            {conflict.theirs.revision}). Your last edits are not saved. Which draft counts?
          </Text>
          <Group justify="flex-end" mt="md">
            <Button variant="default" onClick={() => saver.loadTheirs()}>
              Load theirs, drop my edits
            </Button>
            <Button color="red" onClick={() => void saver.overwriteTheirs()}>
              Overwrite theirs with mine
            </Button>
          </Group>
        </>
      )}
    </Modal>
  );
}
