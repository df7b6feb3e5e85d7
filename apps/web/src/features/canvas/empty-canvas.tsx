import { Button, EmptyState, Kbd } from '@mantine/core';
import { IconRoute } from '@tabler/icons-react';
import classes from './canvas.module.css';

/** What an empty drawing says: where to begin. */
export function EmptyCanvas({ onAdd }: { readonly onAdd: () => void }) {
  return (
    <div className={classes['empty']}>
      <EmptyState
        icon={<IconRoute />}
        title="Begin with a source"
        description={
          <>
            Messages come from a source, go through steps and end in sinks. Pick one from the palette, drag it here, or
            press <Kbd>/</Kbd> anywhere on the canvas.
          </>
        }
        maw={420}
      >
        <EmptyState.Actions>
          <Button onClick={onAdd}>Choose a node</Button>
        </EmptyState.Actions>
      </EmptyState>
    </div>
  );
}
