import { expect, test } from 'vitest';
import { allowedCores, placed } from './placement.ts';

test.each([
  ['Cpus_allowed_list:\t0-1', [0, 1]],
  ['Cpus_allowed:\tff\nCpus_allowed_list:\t0-2,5\nMems_allowed:\t1', [0, 1, 2, 5]],
  ['Cpus_allowed_list:\t3', [3]],
  ['nothing of the kind', []],
])('%j allows the cores %j', (status, cores) => {
  expect(allowedCores(status)).toEqual(cores);
});

test('what is a server and a client at once is held to no core', () => {
  const command = { file: 'node', args: ['main.js'] };
  expect(placed('anywhere', command)).toBe(command);
});
