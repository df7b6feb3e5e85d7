import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import type { LiveEvent } from '@sluice/protocol';
import { useEffect, useState } from 'react';
import { RouterProvider } from 'react-router/dom';
import { ApiError } from '../lib/api/api-error.ts';
import { createLiveConnection } from '../lib/live/live-connection.ts';
import { LiveProvider } from '../lib/live/live-context.tsx';
import { createRoutes } from './routes.tsx';
import { theme } from './theme/theme.ts';

/** After these, the list of pipelines and the state of each are asked for again. */
const LIFE_CYCLE_EVENTS: ReadonlySet<LiveEvent['kind']> = new Set([
  'deployed',
  'paused',
  'resumed',
  'draining',
  'drained',
  'stopped',
  'draft-saved',
  'removed',
]);

/** Puts the page together: theme, what the server knows, what it tells live, and the routes. */
export function App() {
  const [client] = useState(createQueryClient);
  const [connection] = useState(() => createLiveConnection());
  const [router] = useState(createRoutes);

  useEffect(
    () =>
      connection.onEvent((event) => {
        if (LIFE_CYCLE_EVENTS.has(event.kind)) {
          void client.invalidateQueries({ queryKey: ['pipelines'] }); // refetches on its own
        }
        if (event.kind === 'deployed') void client.invalidateQueries({ queryKey: ['versions', event.pipelineId] });
        if (event.kind === 'redrive-started' || event.kind === 'redrive-ended')
          void client.invalidateQueries({ queryKey: ['redrives', event.pipelineId] });
        if (['dead-lettered', 'discarded', 'redrive-ended'].includes(event.kind))
          void client.invalidateQueries({ queryKey: ['dead-letters', event.pipelineId] });
      }),
    [client, connection],
  );

  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Notifications position="bottom-right" limit={3} />
      <QueryClientProvider client={client}>
        <LiveProvider connection={connection}>
          <RouterProvider router={router} />
        </LiveProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        // An answer of the server stays the same when asked again; silence may not.
        retry: (failures, error) => !(error instanceof ApiError) && failures < 2,
      },
    },
  });
}
