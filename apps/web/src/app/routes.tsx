import { createBrowserRouter } from 'react-router';
import { HomePage } from '../features/home/home-page.tsx';
import { SecretsPage } from '../features/secrets/secrets-page.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import { RouteFailure } from './route-failure.tsx';
import { Shell } from './shell.tsx';

/** The canvas is a chunk of its own: the first page does not wait for it. */
export function createRoutes() {
  return createBrowserRouter([
    {
      element: <Shell />,
      errorElement: <RouteFailure />,
      children: [
        { path: '/', element: <HomePage /> },
        { path: '/secrets', element: <SecretsPage /> },
        { path: '*', element: <NotFoundPage /> },
      ],
    },
    {
      path: '/pipelines/:pipeline',
      errorElement: <RouteFailure />,
      HydrateFallback: () => null,
      lazy: async () => {
        const { EditorPage } = await import('./editor/editor-page.tsx');
        return { Component: EditorPage };
      },
    },
  ]);
}
