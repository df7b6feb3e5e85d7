import { Skeleton, Stack } from '@mantine/core';
import { useEffect, useState } from 'react';

/** Grey rows in place of what is awaited; nothing for the first 200 ms, so that quick answers do not flicker. */
export function DelayedSkeleton({
  label,
  rows = 3,
  height = 32,
}: {
  readonly label: string;
  readonly rows?: number;
  readonly height?: number;
}) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setShown(true), 200);
    return () => window.clearTimeout(timer);
  }, []);
  if (!shown) return null;
  return (
    <Stack gap="xs" role="status" aria-label={label} p="xs">
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={height} />
      ))}
    </Stack>
  );
}
