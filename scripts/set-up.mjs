import path from 'node:path';
import { buildSteps } from './build-steps.mjs';
import { runCaptured } from './child-process.mjs';
import { fingerprint, isFresh, makeAndStamp } from './fingerprint.mjs';
import { CommandFailure } from './report.mjs';
import { withSetUpLock } from './set-up-lock.mjs';
import { provideNode, providePnpm, toolEnvironment } from './toolchain.mjs';
import { root, workspacePackages } from './workspace.mjs';

/** @typedef {import('./report.mjs').Report} Report */
/** @typedef {{ node: string, env: NodeJS.ProcessEnv }} Tools */
/** @typedef {Tools & { pnpm: { file: string, args: readonly string[] } }} MakingTools */

/** Every folder that is built before it runs. */
export const everyBuild = ['apps/web', 'apps/server', 'apps/cli', 'packages/bench'];

/**
 * One thing that has to be there before a command can run.
 * @typedef {object} Step
 * @property {string} name what it makes, as a reader would call it
 * @property {string} output the folder that it makes
 * @property {string} witness a file in `output` that must exist for it to count as made
 * @property {() => string} sources the fingerprint of what it is made from
 * @property {(tools: MakingTools) => Promise<{ status: number, output: string }>} make
 */

/**
 * Brings everything that a command needs up to date and returns how to run it. What is fresh is left alone: then nothing
 * is printed and nothing but hashing happens.
 * @param {{ builds: readonly string[], report: Report }} wanted `builds` are app and package folders, relative to the root
 * @returns {Promise<Tools>}
 */
export async function setUp({ builds, report }) {
  const found = await provideNode(report);
  const tools = { node: found, env: toolEnvironment(found) };
  // In order: later steps use what earlier ones made.
  const groups = [
    { title: 'Installing', steps: [installation()] },
    { title: 'Generating', steps: [databaseClient()] },
    { title: 'Building', steps: buildSteps(builds) },
  ];
  for (const { title, steps } of groups) {
    if (steps.every(stepIsFresh)) continue;
    await withSetUpLock(report, async () => {
      // Another command may have made it while this one waited for the lock.
      const stale = steps.filter((step) => !stepIsFresh(step));
      if (stale.length === 0) return;
      const making = { ...tools, pnpm: await providePnpm(report, tools.node) };
      await report.step(`${title} ${stale.map((step) => step.name).join(', ')}`, async () => {
        const made = await Promise.allSettled(stale.map((step) => makeStep(step, making)));
        for (const one of made) if (one.status === 'rejected') throw one.reason;
      });
    });
  }
  return tools;
}

/** @param {Step} step */
function stepIsFresh(step) {
  return isFresh({ output: step.output, witness: step.witness, madeFrom: step.sources() });
}

/**
 * @param {Step} step
 * @param {MakingTools} tools
 */
async function makeStep(step, tools) {
  await makeAndStamp({ output: step.output, madeFrom: step.sources() }, async () => {
    const { status, output } = await step.make(tools);
    if (status !== 0) {
      throw new CommandFailure(
        `Making ${step.name} failed with exit status ${status}:\n${output.trim()}`,
        'mend what is reported above and run the same command again; what succeeded is not repeated.',
      );
    }
  });
}

/** @returns {Step} */
function installation() {
  const manifests = [root, ...workspacePackages().map((one) => one.folder)].map((folder) =>
    path.join(folder, 'package.json'),
  );
  const inputs = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc'].map((name) => path.join(root, name));
  return {
    name: 'packages',
    output: path.join(root, 'node_modules'),
    witness: '.modules.yaml',
    sources: () => fingerprint(root, [...inputs, ...manifests]),
    // CI keeps pnpm from asking questions that nobody is there to answer.
    make: ({ pnpm, env }) =>
      runCaptured({
        file: pnpm.file,
        args: [...pnpm.args, 'install', '--frozen-lockfile'],
        cwd: root,
        env: { ...env, CI: 'true' },
      }),
  };
}

/** @returns {Step} */
function databaseClient() {
  const database = path.join(root, 'packages', 'database');
  const inputs = [
    'prisma/schema.prisma',
    'prisma.config.ts',
    'packages/database/package.json',
    'packages/database/scripts',
    'pnpm-lock.yaml',
  ];
  return {
    name: 'the database client',
    output: path.join(database, 'src', 'generated'),
    witness: 'client.ts',
    sources: () =>
      fingerprint(
        root,
        inputs.map((name) => path.join(root, name)),
      ),
    make: ({ pnpm, env }) =>
      runCaptured({
        file: pnpm.file,
        args: [...pnpm.args, '--filter', '@sluice/database', 'run', 'generate'],
        cwd: root,
        env,
      }),
  };
}
