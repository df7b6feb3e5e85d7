import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { toolsFolder } from './workspace.mjs';

/** @typedef {import('./report.mjs').Report} Report */

const lockFile = path.join(toolsFolder, 'set-up.lock');

/**
 * Runs `work` while no other command of this folder sets anything up: two that install at once would undo each other's
 * work. The lock of a command that was killed does not count.
 * @param {Report} report
 * @param {() => Promise<void>} work
 */
export async function withSetUpLock(report, work) {
  mkdirSync(toolsFolder, { recursive: true });
  let told = false;
  while (!take()) {
    if (!told) report.line(`Waiting for another command that sets things up here (none? then delete ${lockFile}) ...`);
    told = true;
    await delay(250);
  }
  try {
    await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function take() {
  for (;;) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      return true;
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
    if (holderIsAlive()) return false;
    rmSync(lockFile, { force: true });
  }
}

function holderIsAlive() {
  try {
    process.kill(Number(readFileSync(lockFile, 'utf8')), 0);
    return true;
  } catch (error) {
    // EPERM: it lives and is someone else's. Otherwise it is gone, or its lock is.
    return isCode(error, 'EPERM');
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function isCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code;
}
