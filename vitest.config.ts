import { defineConfig } from 'vitest/config';

const tests = (...parts: readonly string[]) => parts.map((part) => `${part}.{test,prop.test,db.test}.{ts,tsx,mjs}`);

export default defineConfig({
  test: {
    // The default leaves one core to the terminal, which on two cores is half of the machine.
    maxWorkers: '100%',
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
