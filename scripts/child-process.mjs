import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import process from 'node:process';

/**
 * @typedef {object} Command
 * @property {string} file
 * @property {readonly string[]} args
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} env
 */

/** @type {readonly NodeJS.Signals[]} */
const passedOn = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/**
 * Runs a command to its end and keeps what it printed, stdout and stderr in the order they came.
 * @param {Command & { echo?: NodeJS.WritableStream }} command `echo` shows the output while it comes
 * @returns {Promise<{ status: number, output: string }>}
 */
export function runCaptured({ echo, ...command }) {
  let output = '';
  return run(command, ['ignore', 'pipe', 'pipe'], (chunk) => {
    output += chunk;
    echo?.write(chunk);
  }).then((status) => ({ status, output }));
}

/**
 * Runs a command in this one's place: same terminal, and its exit status is the answer.
 * @param {Command} command
 * @returns {Promise<number>}
 */
export function runInPlace(command) {
  return run(command, 'inherit', () => undefined);
}

/**
 * Signals that arrive meanwhile go to the child, so that nothing is left running.
 * @param {Command} command
 * @param {import('node:child_process').StdioOptions} stdio
 * @param {(chunk: string) => void} onOutput
 * @returns {Promise<number>}
 */
function run({ file, args, cwd, env }, stdio, onOutput) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, stdio });
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', onOutput);
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      // Ctrl-C reaches the child by itself, because a terminal signals the whole foreground group. A second one from
      // here would look like an impatient user.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    };
    for (const signal of passedOn) process.on(signal, passOn);
    const stopWatching = onNpmGone(() => child.kill('SIGTERM'));
    const release = () => {
      stopWatching();
      for (const signal of passedOn) process.off(signal, passOn);
    };
    child.on('error', (error) => {
      release();
      reject(error);
    });
    child.on('close', (code, signal) => {
      release();
      resolve(exitStatus(code, signal));
    });
  });
}

/**
 * Tells when the npm that runs this was killed, which it can't pass on: what it started would go on unseen.
 * @param {() => void} listener
 * @returns {() => void} stops watching
 */
function onNpmGone(listener) {
  if (process.env['npm_lifecycle_event'] === undefined) return () => undefined;
  const npm = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(timer);
    listener();
  }, 500);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * As a shell would say it: 128 and the number of the signal for a child that a signal ended.
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
function exitStatus(code, signal) {
  if (signal !== null) return 128 + constants.signals[signal];
  return code ?? 1;
}
