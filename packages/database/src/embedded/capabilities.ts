import { readFile } from 'node:fs/promises';

/** Numbers of linux/capability.h. */
const BITS = { chown: 0n, dac_override: 1n, dac_read_search: 2n, setgid: 6n, setuid: 7n, setpcap: 8n } as const;
export type Capability = keyof typeof BITS;

/** What this process may do of what only root may; in a container, root itself may not do all of it. */
export async function capabilities(): Promise<ReadonlySet<Capability>> {
  const names = Object.keys(BITS) as Capability[];
  // Elsewhere root is not divided; but nothing can be passed on singly either.
  if (process.platform !== 'linux') return new Set(['chown', 'setgid', 'setuid']);
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return new Set(names.filter((name) => (effective & (1n << BITS[name])) !== 0n));
}
