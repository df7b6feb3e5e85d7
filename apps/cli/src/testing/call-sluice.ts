import { runCli } from '../run-cli.ts';
import type { Ended } from './run-sluice.ts';

/** The command line in this process: as `runSluice`, without what a new process costs. */
export async function callSluice(args: readonly string[], folder = '/'): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  const terminal = {
    out: (text: string) => void (stdout += text),
    err: (text: string) => void (stderr += text),
    json: (value: unknown) => void (stdout += `${JSON.stringify(value)}\n`),
    screenColumns: undefined,
  };
  const status = await runCli(args, { terminal, folder });
  return { status, stdout, stderr };
}
