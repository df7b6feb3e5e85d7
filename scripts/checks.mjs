import { existsSync } from 'node:fs';
import path from 'node:path';
import { runCaptured } from './child-process.mjs';
import { filesIn } from './fingerprint.mjs';
import { CommandFailure, silentReport } from './report.mjs';
import { everyBuild, setUp } from './set-up.mjs';
import { buildClosure, root, workspacePackages } from './workspace.mjs';

/** @typedef {import('./set-up.mjs').Tools} Tools */

/**
 * What a check found. `looked` says on what it worked: a checker that silently looked at nothing would pass for ever.
 * @typedef {object} Finding
 * @property {boolean} ok
 * @property {{ count: number, atLeast: number, what: string }[]} looked
 * @property {string} output what the checker printed; shown when it is not ok
 */

/** @typedef {{ name: string, run: (tools: Tools) => Promise<Finding> }} Check */

/**
 * Everything that can be known about the source without running it, and that it builds.
 * @type {readonly Check[]}
 */
export const checks = [
  { name: 'Format', run: checkFormat },
  { name: 'Lint', run: checkLint },
  { name: 'Types', run: checkTypes },
  { name: 'Boundaries', run: checkBoundaries },
  { name: 'Unused code', run: checkUnusedCode },
  { name: 'Build', run: checkBuild },
];

/** @param {Tools} tools */
async function checkFormat(tools) {
  const { status, output } = await runTool(tools, 'oxfmt', ['--check']);
  return {
    ok: status === 0,
    looked: [{ count: numberIn(output, /on (\d+) files/), atLeast: 500, what: 'files' }],
    output,
  };
}

/** @param {Tools} tools */
async function checkLint(tools) {
  const { status, output } = await runTool(tools, 'oxlint', []);
  return {
    ok: status === 0,
    looked: [{ count: numberIn(output, /on (\d+) files/), atLeast: 500, what: 'files' }],
    output,
  };
}

/**
 * One compiler run for each `tsconfig.json`, because each has its own idea of which globals exist.
 * @param {Tools} tools
 */
async function checkTypes(tools) {
  const folders = [root, ...workspacePackages().map((one) => one.folder)]
    .flatMap((folder) => [folder, path.join(folder, 'scripts')])
    .filter((folder) => existsSync(path.join(folder, 'tsconfig.json')));
  const looked = [{ count: folders.length, atLeast: 16, what: 'projects' }];
  let files = 0;
  let ok = true;
  // A set, because an error in a package is found again from each package that imports it.
  const told = new Set();
  for (const folder of folders) {
    const compiled = await runTool(tools, 'tsc', ['--noEmit', '--listFiles', '--pretty', 'false', '-p', folder]);
    const lines = compiled.output.split('\n');
    const own = lines.filter((line) => line.startsWith(`${folder}${path.sep}`) && !line.includes('node_modules'));
    if (own.length === 0) looked.push({ count: 0, atLeast: 1, what: `files in ${path.relative(root, folder)}` });
    files += own.length;
    ok &&= compiled.status === 0;
    for (const line of lines) if (!path.isAbsolute(line)) told.add(line);
  }
  looked.push({ count: files, atLeast: 500, what: 'files' });
  return { ok, looked, output: [...told].join('\n') };
}

/** @param {Tools} tools */
async function checkBoundaries(tools) {
  const { status, output } = await runTool(tools, 'turbo', ['boundaries']);
  const packages = workspacePackages();
  const carriers = ['apps/web', 'apps/server', 'apps/cli'].filter((folder) =>
    buildClosure(folder).some((one) => one.name === '@sluice/testkit'),
  );
  const told = carriers.map(
    (folder) => `\n${folder} ships @sluice/testkit: make it a devDependency of whoever tests with it.`,
  );
  const looked = [
    { count: numberIn(output, /Checked (\d+) files/), atLeast: 500, what: 'files' },
    { count: numberIn(output, /in (\d+) packages/), atLeast: packages.length, what: 'packages' },
  ];
  return { ok: status === 0 && carriers.length === 0, looked, output: output + told.join('') };
}

/** @param {Tools} tools */
async function checkUnusedCode(tools) {
  const reporters = ['--reporter', 'symbols', '--reporter', './scripts/knip-count.mjs'];
  const { status, output } = await runTool(tools, 'knip', [
    '--no-progress',
    '--treat-config-hints-as-errors',
    ...reporters,
  ]);
  return {
    ok: status === 0,
    looked: [{ count: numberIn(output, /knip looked at (\d+) files/), atLeast: 500, what: 'files' }],
    output,
  };
}

/** Builds what is stale. */
async function checkBuild() {
  let output = '';
  try {
    await setUp({ builds: everyBuild, report: silentReport });
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    output = error.message;
  }
  const looked = everyBuild.map((folder) => {
    const what = `files in ${folder}/dist`;
    return { count: filesIn(path.join(root, folder, 'dist')).length, atLeast: 1, what };
  });
  return { ok: output === '', looked, output };
}

/**
 * @param {Tools} tools
 * @param {string} name
 * @param {readonly string[]} args
 */
function runTool({ env }, name, args) {
  return runCaptured({
    file: path.join(root, 'node_modules', '.bin', name),
    args,
    cwd: root,
    env: { ...env, NO_COLOR: '1' },
  });
}

/**
 * @param {string} text
 * @param {RegExp} pattern its first group is the number; without a match nothing was looked at
 */
function numberIn(text, pattern) {
  return Number(pattern.exec(text)?.[1] ?? 0);
}
