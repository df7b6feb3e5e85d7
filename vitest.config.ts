import { defineConfig } from 'vitest/config';

const tests = (...parts: readonly string[]) => parts.map((part) => `${part}.{test,prop.test,db.test}.{ts,tsx,mjs}`);

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: tests('packages/*/src/**/*', 'apps/{server,cli}/src/**/*', 'scripts/*'),
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      'apps/web',
    ],
  },
});
