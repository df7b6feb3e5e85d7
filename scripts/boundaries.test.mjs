import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCaptured } from './child-process.mjs';
import { root, workspacePackages } from './workspace.mjs';

// `turbo boundaries` on a copy of the workspace that holds manifests and tags only, plus what each test adds.

/** @type {string} */
let folder;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-boundaries-'));
  const manifests = workspacePackages().flatMap((one) =>
    ['package.json', 'turbo.json'].map((name) => path.join(path.relative(root, one.folder), name)),
  );
  for (const file of ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', 'turbo.json', ...manifests]) {
    cpSync(path.join(root, file), path.join(folder, file));
  }
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the workspace as it is declared crosses no boundary', async () => {
  const { status, output } = await boundaries();
  expect(output).toContain('no issues found');
  expect(status).toBe(0);
});

test('an import of a package that is not declared is reported', async () => {
  write('packages/engine/src/up.ts', "import { x } from '@sluice/protocol';\nexport const y = x;\n");
  await expectIssue('@sluice/protocol');
});

test('a type-only import of a package that is not declared is reported', async () => {
  write('packages/engine/src/up.ts', "import type { X } from '@sluice/protocol';\nexport type Y = X;\n");
  await expectIssue('@sluice/protocol');
});

test('a relative import that leaves its package is reported', async () => {
  write('packages/nodes/src/there.ts', 'export const x = 1;\n');
  write('packages/engine/src/out.ts', "export { x } from '../../nodes/src/there.ts';\n");
  await expectIssue('nodes/src/there.ts');
});

test.for([
  ['pipeline', 'engine'],
  ['protocol', 'engine'],
  ['engine', 'nodes'],
  ['engine', 'store-memory'],
  ['nodes', 'runtime'],
  ['database', 'engine'],
  ['runtime', 'database'],
  ['simulator', 'store-lmdb'],
])('a dependency of %s on %s is reported, also a declared one', async ([from = '', to = '']) => {
  const file = `packages/${from}/package.json`;
  const manifest = JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
  write(
    file,
    JSON.stringify({ ...manifest, dependencies: { ...manifest.dependencies, [`@sluice/${to}`]: 'workspace:*' } }),
  );
  await expectIssue(`@sluice/${to}`);
});

/**
 * @param {string} file
 * @param {string} text
 */
function write(file, text) {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
}

/** @param {string} name */
async function expectIssue(name) {
  const { status, output } = await boundaries();
  expect(output).toMatch(/\d+ issues? found/);
  expect(output).toContain(name);
  expect(status).toBe(1);
}

function boundaries() {
  return runCaptured({
    file: path.join(root, 'node_modules', '.bin', 'turbo'),
    args: ['boundaries', '--cwd', folder],
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', TURBO_TELEMETRY_DISABLED: '1' },
  });
}
