import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runSluice } from './testing/run-sluice.ts';

const GOOD = `format: sluice/v1
name: orders
nodes:
  - { id: in, type: webhook, config: { path: placed } }
  - { id: out, type: log }
wires:
  - { id: w1, from: in, to: out, delivery: pull }
`;

let folder: string;
const lint = (...args: readonly string[]) => runSluice(['lint', ...args], { folder });

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-lint-'));
  await writeFile(path.join(folder, 'good.yaml'), GOOD);
  await writeFile(path.join(folder, 'bad.yaml'), GOOD.replace('type: log', 'type: lug'));
  await writeFile(
    path.join(folder, 'warned.yaml'),
    GOOD.replace('wires:\n', 'wires: []\n').replace(/ {2}- \{ id: w1.*\n/, ''),
  );
  await writeFile(path.join(folder, 'broken.json'), '{ "format": "sluice/v1", }');
});
afterAll(() => rm(folder, { recursive: true }));

describe('sluice lint', () => {
  test('ends with 0 for a good document', async () => {
    expect(await lint('good.yaml')).toEqual({ status: 0, stdout: 'no findings\n', stderr: '' });
  });

  test('ends with 1 for an error and says where it is', async () => {
    expect(await lint('bad.yaml')).toEqual({
      status: 1,
      stdout:
        'bad.yaml:5:16  error    `nodes[1].type` is "lug", which is not a type of node. Did you mean `log`?\n1 error\n',
      stderr: '',
    });
  });

  test('ends with 0 for warnings alone', async () => {
    const { status, stdout } = await lint('warned.yaml');
    expect(stdout).toContain('warned.yaml:4:5  warning  Source "in" has no wire out of it');
    expect(stdout).toContain('\n2 warnings\n');
    expect(status).toBe(0);
  });

  test('tells broken syntax with its place', async () => {
    expect(await lint('broken.json')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(
        'broken.json:1:26  error    The JSON cannot be read at line 1, column 26: a comma stands before the closing }',
      ) as string,
    });
  });

  test('answers in JSON', async () => {
    const { status, stdout } = await lint('bad.yaml', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      file: 'bad.yaml',
      deployable: false,
      findings: [
        {
          severity: 'error',
          code: 'unknown-node-type',
          path: '/nodes/1/type',
          element: { kind: 'node', id: 'out' },
          at: { line: 5, column: 16 },
        },
      ],
    });
    expect(status).toBe(1);
  });

  test('reads standard input', async () => {
    expect(await runSluice(['lint', '-'], { input: GOOD })).toMatchObject({ status: 0, stdout: 'no findings\n' });
  });

  test('says in one line that a file is not there', async () => {
    expect(await lint('gone.yaml')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'sluice: Cannot read gone.yaml: there is no such file.\n',
    });
    expect(await lint('gone.yaml', '--json')).toEqual({
      status: 1,
      stdout: '{"error":{"code":"file-unreadable","message":"Cannot read gone.yaml: there is no such file."}}\n',
      stderr: '',
    });
  });
});
