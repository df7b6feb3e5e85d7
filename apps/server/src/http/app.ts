import type { IdSource } from '@sluice/engine';
import type { HistogramSnapshot } from '@sluice/runtime';
import express, { type Application, type ErrorRequestHandler } from 'express';
import type { ProcessStateHolder } from '../process/process-state.ts';
import type { ServerParts } from '../use-cases/server-parts.ts';
import { requestIdOf, send } from './answer.ts';
import { deadLetterRoutes } from './dead-letters/routes.ts';
import { designRoutes } from './design/routes.ts';
import { errorToRefusal, refuse } from './errors-to-http.ts';
import { expectedHostOnly } from './guards/expected-host.ts';
import { sameOriginOnly } from './guards/same-origin.ts';
import { securityHeaders } from './guards/security-headers.ts';
import { messageRoutes } from './messages/routes.ts';
import { mountEndpoints } from './mount-endpoints.ts';
import { operationRoutes } from './operation/routes.ts';
import { pipelineRoutes } from './pipelines/routes.ts';
import { createMetricsReader } from './process/read-metrics.ts';
import { processRoutes } from './process/routes.ts';
import { secretRoutes } from './secrets/routes.ts';
import { versionRoutes } from './versions/routes.ts';
import { traceRoutes } from './traces/routes.ts';
import { serveDocs } from './web/serve-docs.ts';
import { serveWeb } from './web/serve-web.ts';

export interface AppOptions {
  readonly state: ProcessStateHolder;
  readonly ids: IdSource;
  readonly version: string;
  readonly commitTimes: () => HistogramSnapshot;
  /** Folder of the built web app. */
  readonly web: string | undefined;
}

/** Probes come by address, from machines that know no name of ours. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz']);

/** Everything that is served over HTTP except webhooks. */
export function createApp(parts: ServerParts, o: AppOptions): { readonly app: Application; close(): void } {
  const metrics = createMetricsReader(parts, { version: o.version, commitTimes: o.commitTimes });
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // An address is one spelling: `/API/V1/` is not `/api/v1`.
  app.enable('case sensitive routing');

  app.use((_request, response, next) => {
    response.setHeader('x-request-id', o.ids.next());
    next();
  });
  app.use(securityHeaders);
  app.use((request, response, next) => (PROBES.has(request.path) ? next() : expectedHostOnly(request, response, next)));
  app.use('/api', sameOriginOnly);

  mountEndpoints(app, {
    ...pipelineRoutes(parts),
    ...operationRoutes(parts),
    ...versionRoutes(parts),
    ...messageRoutes(parts),
    ...deadLetterRoutes(parts),
    ...traceRoutes(parts),
    ...secretRoutes(parts),
    ...designRoutes({ catalogue: parts.catalogue, version: o.version }),
    ...processRoutes(parts, { state: o.state, readMetrics: metrics.read }),
  });
  serveDocs(app);
  app.use('/api', (request, response) =>
    send(
      response,
      refuse(
        'address-unknown',
        `There is nothing at ${request.originalUrl.split('?')[0]}. /api/docs lists what there is.`,
      ),
    ),
  );
  serveWeb(app, o.web);
  app.use((_request, response) => send(response, refuse('address-unknown', 'There is nothing at this address.')));
  app.use(failures(parts));
  return { app, close: metrics.close };
}

/** Express knows it by its four parameters. */
function failures(parts: ServerParts): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const refusal = errorToRefusal(error);
    if (refusal.code === 'internal' || refusal.code === 'database-unreachable') {
      parts.log({
        level: 'error',
        text: `${request.method} ${request.path} failed`,
        data: { requestId: requestIdOf(response), err: error },
      });
    }
    send(response, refusal);
  };
}
