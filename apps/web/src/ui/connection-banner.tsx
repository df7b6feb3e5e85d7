import { IconPlugConnectedX, IconRefresh } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { humaneDuration } from '../lib/format/humane-duration.ts';
import { useConnectionKind, useHeardBeforeLoss, useResyncs } from '../lib/live/live-context.tsx';
import classes from './connection-banner.module.css';
import { useNow } from './use-now.ts';

/** Says when figures on screen are old, and when they are new again. */
export function ConnectionBanner() {
  const kind = useConnectionKind();
  const heardAt = useHeardBeforeLoss();
  const resyncs = useResyncs();
  const resynced = useJustChanged(resyncs, 4_000);
  if (kind === 'lost') return <LostBanner heardAt={heardAt} />;
  if (!resynced) return null;
  return (
    <div className={classes['back']} role="status">
      <IconRefresh size={16} /> Up to date again: everything on screen was read anew.
    </div>
  );
}

function LostBanner({ heardAt }: { readonly heardAt: number | null }) {
  const now = useNow(1_000);
  return (
    <div className={`${classes['lost']} figures`} role="alert">
      <IconPlugConnectedX size={16} />
      {heardAt === null
        ? 'The server does not answer. Trying again.'
        : `The server does not answer. Figures on screen are ${humaneDuration(Math.max(1_000, now - heardAt))} old. Trying again.`}
    </div>
  );
}

function useJustChanged(value: number, forMs: number): boolean {
  const first = useRef(value);
  const [fresh, setFresh] = useState(false);
  useEffect(() => {
    if (value === first.current) return;
    first.current = value;
    setFresh(true);
    const timer = window.setTimeout(() => setFresh(false), forMs);
    return () => window.clearTimeout(timer);
  }, [value, forMs]);
  return fresh;
}
