import { join } from 'node:path';
import compression from 'compression';
import express, { type Application } from 'express';
import { send } from '../answer.ts';
import { refuse } from '../errors-to-http.ts';

/** Addresses that are never pages. */
const NOT_PAGES = /^\/(api|hooks|socket\.io|metrics|healthz|livez|readyz)(\/|$)/;

/** The built web app: files whose names change with their content are kept for ever, the page itself is asked for each time. */
export function serveWeb(app: Application, folder: string | undefined): void {
  if (folder === undefined) {
    app.get('/', (_request, response) => {
      send(
        response,
        refuse('address-unknown', 'The web app has not been built. Start with "npm start", or use the API: /api/docs.'),
      );
    });
    return;
  }
  app.use(compression());
  app.use(
    express.static(folder, {
      index: false,
      setHeaders: (response, path) => {
        response.setHeader(
          'cache-control',
          path.startsWith(join(folder, 'assets')) ? 'public, max-age=31536000, immutable' : 'no-cache',
        );
      },
    }),
  );
  app.use((request, response, next) => {
    const wantsPage =
      (request.method === 'GET' || request.method === 'HEAD') &&
      !NOT_PAGES.test(request.path) &&
      !/\.\w+$/.test(request.path);
    if (!wantsPage) return next();
    response.setHeader('cache-control', 'no-cache');
    response.sendFile(join(folder, 'index.html'));
  });
}
