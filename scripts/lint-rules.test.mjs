import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCaptured } from './child-process.mjs';
import { root } from './workspace.mjs';

// A rule that is spelled wrong, or that a nested file switches off, reports nothing for ever. So each rule that we rely on is
// shown a file that breaks it, under the project's own configuration.

const configuration = [
  '.oxlintrc.json',
  '.oxlintrc.core.json',
  'tsconfig.base.json',
  ...['engine', 'nodes', 'database', 'runtime'].map((name) => `packages/${name}/tsconfig.json`),
  ...['engine', 'nodes', 'database'].map((name) => `packages/${name}/.oxlintrc.json`),
  'apps/web/tsconfig.json',
  'apps/web/.oxlintrc.json',
];

/** File, what it holds, and the rules that must report it. */
const violations = [
  ['packages/engine/src/date.ts', 'export const now = new Date(0);', 'eslint(no-restricted-globals)'],
  ['packages/engine/src/timer.ts', 'setTimeout(() => undefined, 1);', 'eslint(no-restricted-globals)'],
  ['packages/engine/src/interval.ts', 'setInterval(() => undefined, 1);', 'eslint(no-restricted-globals)'],
  ['packages/engine/src/immediate.ts', 'setImmediate(() => undefined);', 'eslint(no-restricted-globals)'],
  ['packages/engine/src/microtask.ts', 'queueMicrotask(() => undefined);', 'eslint(no-restricted-globals)'],
  [
    'packages/engine/src/hidden-timer.ts',
    'globalThis.setTimeout(() => undefined, 1);',
    'eslint(no-restricted-globals)',
  ],
  ['packages/engine/src/network.ts', "void fetch('http://127.0.0.1');", 'eslint(no-restricted-globals)'],
  ['packages/engine/src/settings.ts', 'export const cwd = process.cwd();', 'eslint(no-restricted-globals)'],
  ['packages/engine/src/stopwatch.ts', 'export const t = performance.now();', 'eslint(no-restricted-globals)'],
  ['packages/engine/src/chance.ts', 'export const x = Math.random();', 'eslint(no-restricted-properties)'],
  ['packages/engine/src/disk.ts', "export { readFile } from 'node:fs/promises';", 'eslint(no-restricted-imports)'],
  ['packages/engine/src/http.ts', "export { default as web } from 'express';", 'eslint(no-restricted-imports)'],
  ['packages/engine/src/screen.ts', "export { useState } from 'react';", 'eslint(no-restricted-imports)'],
  ['packages/engine/src/sql.ts', "export { PrismaClient } from '@prisma/client';", 'eslint(no-restricted-imports)'],
  [
    'packages/engine/src/there.ts',
    "import { back } from './back.ts';\nexport const there = () => back;",
    'import(no-cycle)',
  ],
  [
    'packages/engine/src/back.ts',
    "import { there } from './there.ts';\nexport const back = () => there;",
    'import(no-cycle)',
  ],
  [
    'packages/engine/src/floating.ts',
    'async function act(): Promise<void> {}\nact();',
    'typescript(no-floating-promises)',
  ],
  [
    'packages/engine/src/forgotten-case.ts',
    "export function say(x: 'push' | 'pull'): number {\n  switch (x) {\n    case 'push':\n      return 1;\n  }\n  return 0;\n}",
    'typescript(switch-exhaustiveness-check)',
  ],
  ['packages/engine/src/silent.ts', 'try {\n  throw new Error();\n} catch {}', 'eslint(no-empty)'],
  ['packages/engine/src/notKebab.ts', 'export const a = 1;', 'unicorn(filename-case)'],
  ['packages/engine/src/default.ts', 'export default 1;', 'import(no-default-export)'],
  [
    'packages/engine/src/hollow.test.ts',
    "import { test } from 'vitest';\ntest('nothing', () => {});",
    'vitest(expect-expect)',
  ],
  ['packages/nodes/src/a/definition.ts', "export { createHash } from 'node:crypto';", 'eslint(no-restricted-imports)'],
  ['packages/nodes/src/b/definition.ts', "export * from './behaviour.ts';", 'eslint(no-restricted-imports)'],
  [
    'packages/nodes/src/c/behaviour.ts',
    "export { readFile } from 'node:fs/promises';",
    'eslint(no-restricted-imports)',
  ],
  ['packages/runtime/src/sql.ts', "export { Pool } from 'pg';", 'eslint(no-restricted-imports)'],
  ['packages/database/src/screen.ts', "export { useState } from 'react';", 'eslint(no-restricted-imports)'],
  [
    'apps/web/src/conditional-hook.tsx',
    "import { useState } from 'react';\nexport function Thing({ on }: { on: boolean }) {\n  if (on) useState(1);\n  return null;\n}",
    'react(hooks)',
  ],
  ['apps/web/src/app/act.ts', "export * from '@sluice/nodes/behaviours';", 'eslint(no-restricted-imports)'],
  ['apps/web/src/app/run.ts', "export * from '@sluice/engine';", 'eslint(no-restricted-imports)'],
  [
    'apps/web/src/features/canvas/peek.ts',
    "export * from '../inspector/inspector.ts';",
    'eslint(no-restricted-imports)',
  ],
  [
    'apps/web/src/features/canvas/wires/peek.ts',
    "export * from '../../inspector/x.ts';",
    'eslint(no-restricted-imports)',
  ],
  ['apps/web/src/features/canvas/up.ts', "export * from '../../app/app.tsx';", 'eslint(no-restricted-imports)'],
  ['apps/web/src/ui/up.ts', "export * from '../features/canvas/canvas.tsx';", 'eslint(no-restricted-imports)'],
];

const allowed = [
  ['packages/nodes/src/d/behaviour.ts', "export { createHash } from 'node:crypto';"],
  ['packages/database/src/sql.ts', "export { Pool } from 'pg';"],
  ['packages/runtime/src/timer.ts', 'export const timer = setTimeout(() => undefined, 1);'],
  [
    'packages/engine/src/timer.test.ts',
    "import { expect, test } from 'vitest';\ntest('x', () => {\n  expect(Date.now()).toBe(1);\n});",
  ],
  ['apps/web/src/features/canvas/wires/near.ts', "export * from '../wire.ts';"],
  ['apps/web/src/features/canvas/shared.ts', "export * from '../../ui/badge.tsx';"],
];

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-lint-'));
/** @type {Map<string, Set<string>>} */
const reported = new Map();

beforeAll(async () => {
  for (const file of configuration) cpSync(path.join(root, file), path.join(folder, file));
  for (const [file = '', text = ''] of [...violations, ...allowed]) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), `${text}\n`);
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  for (const { filename, code } of await lint()) {
    reported.set(filename, (reported.get(filename) ?? new Set()).add(code));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.for(violations)('%s is reported', ([file = '', , rule]) => {
  expect([...(reported.get(file) ?? [])]).toContain(rule);
});

test.for(allowed)('%s is allowed', ([file = '']) => {
  expect([...(reported.get(file) ?? [])]).toEqual([]);
});

/** @returns {Promise<{ filename: string, code: string }[]>} */
async function lint() {
  const tools = path.join(root, 'node_modules', '.bin');
  const { output } = await runCaptured({
    file: path.join(tools, 'oxlint'),
    args: ['--format', 'json', 'packages', 'apps'],
    cwd: folder,
    env: { ...process.env, PATH: `${tools}${path.delimiter}${process.env['PATH']}` },
  });
  return JSON.parse(output).diagnostics;
}
