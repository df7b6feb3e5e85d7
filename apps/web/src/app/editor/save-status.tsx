import { UnstyledButton } from '@mantine/core';
import { IconAlertCircle, IconCheck, IconCloudUp, IconPencil } from '@tabler/icons-react';
import { useStore } from 'zustand';
import type { DraftSaver } from '../../lib/draft/draft-saver.ts';
import classes from './editor.module.css';

/** Where the last edit is: here, on its way, on the server, or refused and why. */
export function SaveStatus({ saver }: { readonly saver: DraftSaver }) {
  const state = useStore(saver.state);
  switch (state.kind) {
    case 'saved':
      return (
        <span className={classes['save']} role="status">
          <IconCheck size={13} aria-hidden /> Draft saved
        </span>
      );
    case 'unsaved':
      return (
        <span className={classes['save']} role="status">
          <IconPencil size={13} aria-hidden /> Not saved yet
        </span>
      );
    case 'saving':
      return (
        <span className={classes['save']} role="status">
          <IconCloudUp size={13} aria-hidden /> Saving draft
        </span>
      );
    case 'conflict':
      return (
        <span className={classes['save']} role="status" data-failed>
          <IconAlertCircle size={13} aria-hidden /> Changed elsewhere
        </span>
      );
    case 'failed':
      return (
        <span className={classes['save']} data-failed role="alert">
          <IconAlertCircle size={13} aria-hidden />
          <span
            className={classes['reason']}
            title={state.requestId === null ? state.message : `${state.message} (request ${state.requestId})`}
          >
            Not saved. {state.message}
          </span>
          <UnstyledButton className={classes['again'] ?? ''} onClick={() => void saver.retry()}>
            Save again
          </UnstyledButton>
        </span>
      );
  }
}
