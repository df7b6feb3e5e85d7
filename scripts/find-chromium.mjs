import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { runCaptured } from './child-process.mjs';
import { CommandFailure } from './report.mjs';
import { root } from './workspace.mjs';

/** @typedef {import('./report.mjs').Report} Report */
/** @typedef {import('./set-up.mjs').Tools} Tools */
/** @typedef {{ path: string, version: string }} Browser */

/**
 * A Chromium that starts: the one named by SLUICE_CHROMIUM, else the system's, else Playwright's own, else Debian's package.
 * @param {Report} report
 * @param {Tools} tools
 * @returns {Promise<Browser>}
 */
export async function findChromium(report, tools) {
  const named = process.env['SLUICE_CHROMIUM'];
  if (named !== undefined && named !== '') {
    const browser = await startable(named);
    if (browser !== null) return browser;
    throw new CommandFailure(
      `SLUICE_CHROMIUM is ${named}, and that does not start.`,
      'name a Chromium that does, or unset it.',
    );
  }
  const found = (await onSearchPath()) ?? (await fromPlaywright(report, tools)) ?? (await fromDebian(report));
  if (found !== null) return found;
  throw new CommandFailure(
    'There is no Chromium on this machine, and neither Playwright nor the system packages could provide one.',
    'install Chromium or Google Chrome, or set SLUICE_CHROMIUM to the path of one.',
  );
}

async function onSearchPath() {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const macOS = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  const candidates = [...names.flatMap((name) => folders.map((folder) => path.join(folder, name))), macOS];
  for (const candidate of candidates) {
    const browser = existsSync(candidate) ? await startable(candidate) : null;
    if (browser !== null) return browser;
  }
  return null;
}

/**
 * @param {Report} report
 * @param {Tools} tools
 */
async function fromPlaywright(report, { node, env }) {
  const playwright = path.join(root, 'e2e', 'node_modules', '@playwright', 'test');
  const printPath = `import { chromium } from ${JSON.stringify(`${playwright}/index.mjs`)}; console.log(chromium.executablePath())`;
  const asked = await runCaptured({ file: node, args: ['--input-type=module', '--eval', printPath], cwd: root, env });
  const binary = asked.output.trim();
  if (asked.status !== 0)
    throw new CommandFailure(
      `Playwright does not say where its browser is:\n${binary}`,
      'delete node_modules and try again.',
    );
  if (!existsSync(binary)) {
    const download = await report.step("Downloading Playwright's Chromium", () =>
      runCaptured({
        file: node,
        args: [path.join(playwright, 'cli.js'), 'install', '--no-shell', 'chromium'],
        cwd: root,
        env: { ...env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '15000' },
      }),
    );
    if (download.status !== 0) report.line(`It could not be downloaded: ${reasonIn(download.output)}`);
  }
  return existsSync(binary) ? startable(binary) : null;
}

/** @param {Report} report */
async function fromDebian(report) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return null;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', 'chromium']]) {
    const { status, output } = await report.step(`Running apt-get ${args.join(' ')}`, () =>
      runCaptured({ file: '/usr/bin/apt-get', args, cwd: '/', env }),
    );
    if (status !== 0) {
      report.line(`apt-get ${args[0]} failed: ${reasonIn(output)}`);
      return null;
    }
  }
  return startable('/usr/bin/chromium');
}

/**
 * @param {string} file
 * @returns {Promise<Browser | null>}
 */
async function startable(file) {
  try {
    const { status, output } = await runCaptured({
      file,
      args: ['--version', '--no-sandbox'],
      cwd: root,
      env: process.env,
    });
    return status === 0 ? { path: file, version: lastLine(output) } : null;
  } catch (error) {
    // It is a path that cannot be run; the caller looks further or says so.
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}

/** @param {string} text */
function lastLine(text) {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}

/** @param {string} output what a program printed that failed */
function reasonIn(output) {
  return output.split('\n').find((line) => /^(Error|E):/.test(line)) ?? lastLine(output);
}
