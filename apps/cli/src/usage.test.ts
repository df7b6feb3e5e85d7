import { describe, expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { callSluice } from './testing/call-sluice.ts';
import { runSluice } from './testing/run-sluice.ts';

const MISUSES: readonly (readonly [args: readonly string[], stderr: string])[] = [
  [[], 'sluice: A command is missing.\nSee `sluice help`.\n'],
  [['lnt', 'a.json'], 'sluice: "lnt" is not a command. Did you mean `lint`?\nSee `sluice help`.\n'],
  [['fly'], 'sluice: "fly" is not a command.\nSee `sluice help`.\n'],
  [['lint'], 'sluice: FILE is missing.\nSee `sluice help lint`.\n'],
  [['lint', 'a', 'b'], 'sluice: "b" is one operand too many.\nSee `sluice help lint`.\n'],
  [['lint', 'a', '--prot'], "sluice: Unknown option '--prot'.\nSee `sluice help lint`.\n"],
  [
    ['run', 'a', '--port', 'http'],
    'sluice: --port must be a whole number from 0 to 65535, not "http".\nSee `sluice help run`.\n',
  ],
  [
    ['run', 'a', '--port', '70000'],
    'sluice: --port must be a whole number from 0 to 65535, not "70000".\nSee `sluice help run`.\n',
  ],
  [['run', 'a', '--secret', 'x'], 'sluice: --secret must be name=value.\nSee `sluice help run`.\n'],
  [
    ['status', '--server', 'localhost'],
    'sluice: --server must be an address such as http://127.0.0.1:4400, not "localhost".\nSee `sluice help`.\n',
  ],
  [
    ['deploy', 'orders', '--version', '0'],
    'sluice: --version must be a whole number from 1 to 1000000000, not "0".\nSee `sluice help deploy`.\n',
  ],
  [
    ['deploy', 'orders.json', '--version', '2'],
    'sluice: --version goes with the NAME of a pipeline, not with a FILE.\nSee `sluice help deploy`.\n',
  ],
  [
    ['deploy', 'orders', '--removed-wires', 'drop'],
    'sluice: --removed-wires is drain, dead-letter, or a list such as w1=drain,w2=move:w3, not "drop".\nSee `sluice help deploy`.\n',
  ],
  [
    ['dead-letters', 'orders', '--limit', '0'],
    'sluice: --limit must be a whole number from 1 to 500, not "0".\nSee `sluice help dead-letters`.\n',
  ],
  [
    ['dead-letters', 'orders', '--discard'],
    'sluice: Say which dead letters to discard (--node, --wire, --reason, --cause, --since, --until), or --all.\nSee `sluice help dead-letters`.\n',
  ],
  [
    ['dead-letters', 'orders', '--discard', '--all', '--node', 'ship'],
    'sluice: --all and an option that names some of them do not go together.\nSee `sluice help dead-letters`.\n',
  ],
  [
    ['redrive', 'orders', '--since', 'yesterday'],
    'sluice: --since is not a time such as 2026-01-31T09:00:00Z, or milliseconds since 1970.\nSee `sluice help redrive`.\n',
  ],
  [
    ['redrive', 'orders', '--pace', '0/s'],
    'sluice: --pace must be a rate such as 10/s, not "0/s".\nSee `sluice help redrive`.\n',
  ],
  [
    ['redrive', 'orders', '--stop-at', '2'],
    'sluice: --stop-at must be a share from 0 to 1, not "2".\nSee `sluice help redrive`.\n',
  ],
  [['replay', 'orders'], 'sluice: WIRE is missing.\nSee `sluice help replay`.\n'],
  [
    ['replay', 'orders', 'w1'],
    'sluice: --from is missing: earliest, a time, or PARTITION:POSITION.\nSee `sluice help replay`.\n',
  ],
  [
    ['replay', 'orders', 'w1', '--from', 'then'],
    'sluice: --from must be earliest, a time, or PARTITION:POSITION, not "then".\nSee `sluice help replay`.\n',
  ],
  [
    ['simulate', 'a.json', '--scenario', 'outage'],
    'sluice: `sluice simulate` is not in this version. To see how a pipeline behaves, run it with `sluice run FILE`.\nSee `sluice help`.\n',
  ],
  [
    ['test', 'a.json'],
    'sluice: `sluice test` is not in this version. To check a document, use `sluice lint FILE`.\nSee `sluice help`.\n',
  ],
  [
    ['help', 'simulate'],
    'sluice: `sluice simulate` is not in this version. To see how a pipeline behaves, run it with `sluice run FILE`.\nSee `sluice help`.\n',
  ],
];

describe('called wrongly, sluice ends with 2 and says the way out', () => {
  test.each(MISUSES)('%j', async (args, stderr) => {
    expect(await callSluice(args)).toEqual({ status: 2, stdout: '', stderr });
  });

  test('in JSON where JSON is asked for', async () => {
    expect(await runSluice(['simulate', '--json'])).toEqual({
      status: 2,
      stdout:
        '{"error":{"code":"usage","message":"`sluice simulate` is not in this version. To see how a pipeline behaves, run it with `sluice run FILE`."}}\n',
      stderr: '',
    });
  });
});

describe('help', () => {
  test.each([['help'], ['--help']])('%s lists the commands that work, and only those', async (arg) => {
    const { status, stdout } = await callSluice([arg]);
    expect(status).toBe(0);
    expect(stdout.match(/^ {2}([\w-]+)/gm)?.map((name) => name.trim())).toEqual([
      'lint',
      'run',
      'import',
      'export',
      'deploy',
      'status',
      'dead-letters',
      'redrive',
      'replay',
    ]);
  });

  test('tells the options of one command, either way round', async () => {
    const { status, stdout } = await callSluice(['help', 'export']);
    expect(status).toBe(0);
    expect(stdout).toBe(`Usage: sluice export NAME [OPTIONS]

Print a pipeline's draft as a document.

  --server URL  Address of the server (http://127.0.0.1:4400)
  --yaml        Print YAML instead of JSON
  --json        Answer in JSON
  --help        Show this help
`);
    expect((await callSluice(['export', '--help'])).stdout).toBe(stdout);
  });

  test('tells the version', async () => {
    expect(await runSluice(['--version'])).toEqual({ status: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  });
});
