import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { runCaptured } from './child-process.mjs';
import { root } from './workspace.mjs';

// A program that says when it is ready, ends with status 7 on SIGTERM, and would otherwise run for a minute.
const program = `
  const timer = setTimeout(() => process.exit(1), 60_000);
  process.on('SIGTERM', () => { clearTimeout(timer); process.exit(7); });
  console.log('ready', process.pid);
`;

// What `npm start` is to the server: runs the program in its place and ends as it ended.
const runner = `
  import { runInPlace } from ${JSON.stringify(path.join(root, 'scripts', 'child-process.mjs'))};
  process.exitCode = await runInPlace({
    file: process.execPath, args: ['--eval', ${JSON.stringify(program)}], cwd: process.cwd(), env: process.env,
  });
`;

test('a runner passes SIGTERM on and ends with the status of what it ran', async () => {
  const child = start();
  await child.ready;
  child.process.kill('SIGTERM');
  expect(await child.ended).toEqual([7, null]);
});

test('what a runner runs is told to stop when npm is killed', async () => {
  // The shell stands for npm: killed, it can pass nothing on.
  const shell = spawn('sh', ['-c', '"$@" & wait', 'sh', process.execPath, '--input-type=module', '--eval', runner], {
    env: { ...process.env, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(shell.stdout, 'data');
  shell.kill('SIGKILL');
  // The pipe closes when the last process that holds it has ended.
  await once(shell, 'close');
  expect(shell.signalCode).toBe('SIGKILL');
});

test('the output of a captured command comes back with its status', async () => {
  const script = 'console.log("out"); console.error("err"); process.exitCode = 3;';
  const command = { file: process.execPath, args: ['--eval', script], cwd: root, env: process.env };
  const { status, output } = await runCaptured(command);
  expect(status).toBe(3);
  expect(output.trim().split('\n').sort()).toEqual(['err', 'out']);
});

test('a command that a signal ended has the status that a shell would give', async () => {
  const script = 'process.kill(process.pid, "SIGKILL"); setInterval(() => undefined, 1000);';
  const command = { file: process.execPath, args: ['--eval', script], cwd: root, env: process.env };
  expect((await runCaptured(command)).status).toBe(137);
});

function start() {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', runner], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { process: child, ready: once(child.stdout, 'data'), ended: once(child, 'exit') };
}
