import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Application } from 'express';

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Sluice API</title>
    <link rel="stylesheet" href="/api/docs/swagger-ui.css">
  </head>
  <body>
    <div id="docs"></div>
    <script src="/api/docs/swagger-ui-bundle.js"></script>
    <script src="/api/docs/show.js"></script>
  </body>
</html>
`;

/** A file of its own, because the content security policy forbids scripts inside the page. */
const SHOW = `SwaggerUIBundle({ url: '/api/v1/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });
`;

/** The description of the API to browse and try, with nothing fetched from elsewhere. */
export function serveDocs(app: Application): void {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('swagger-ui-dist/package.json'));
  app.get('/api/docs', (_request, response) => {
    response.type('html').setHeader('cache-control', 'no-cache').send(PAGE);
  });
  app.get('/api/docs/show.js', (_request, response) => {
    response.type('text/javascript').setHeader('cache-control', 'no-cache').send(SHOW);
  });
  for (const file of ['swagger-ui-bundle.js', 'swagger-ui.css']) {
    app.get(`/api/docs/${file}`, (_request, response) => response.sendFile(file, { root: folder, maxAge: '1h' }));
  }
}
