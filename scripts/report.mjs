import process from 'node:process';

/** A failure that its reader can do something about. The message says what happened, `remedy` what to do. */
export class CommandFailure extends Error {
  code = 'command-failure';

  /**
   * @param {string} message
   * @param {string} remedy
   */
  constructor(message, remedy) {
    super(message);
    this.name = 'CommandFailure';
    this.remedy = remedy;
  }
}

/**
 * @typedef {object} Report
 * @property {<T>(title: string, work: () => Promise<T>) => Promise<T>} step one line: the title at once, the time at the end
 * @property {(line: string) => void} line
 */

/**
 * Progress in plain words on `stream`.
 * @param {NodeJS.WritableStream} stream
 * @returns {Report}
 */
export function createReport(stream) {
  return {
    async step(title, work) {
      const began = Date.now();
      stream.write(`${title} ... `);
      try {
        const result = await work();
        stream.write(`${seconds(Date.now() - began)}\n`);
        return result;
      } catch (error) {
        stream.write('failed\n');
        throw error;
      }
    },
    line: (text) => void stream.write(`${text}\n`),
  };
}

/**
 * For steps whose caller says itself what they did.
 * @type {Report}
 */
export const silentReport = {
  step: (_title, work) => work(),
  line: () => undefined,
};

/** @param {number} ms */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

/**
 * Runs a command's main function; what it returns becomes the exit status. Failures are told on the error output.
 * @param {() => Promise<number>} main
 */
export async function runCommand(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`\n${describe(error)}\n`);
    process.exitCode = 1;
  }
}

/** @param {unknown} error */
function describe(error) {
  if (error instanceof CommandFailure) return `${error.message}\n\nWhat to do: ${error.remedy}`;
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  if (['EACCES', 'EPERM', 'EROFS', 'ENOSPC'].includes(code)) {
    return `${error.message}\n\nWhat to do: see that this folder belongs to you, can be written and has room on its disk.`;
  }
  return error.stack ?? error.message;
}
