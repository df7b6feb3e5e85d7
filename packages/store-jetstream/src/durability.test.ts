import { expect, it } from 'vitest';
import { durabilityOf } from './durability.ts';

it.each(['2.9.10', '2.8.0', '1.4.1'])(
  'C1: NATS %s cannot be told to sync, so a loss of power may take something',
  (version) => {
    const { survives, says } = durabilityOf({ version, replicas: 1 });
    expect(survives).toBe('death-of-processes');
    expect(says).toContain('2 minutes');
  },
);

it.each(['2.10.0', '2.12.1', '3.0.0'])(
  'C1: NATS %s keeps what it is told to keep, and says how to tell it',
  (version) => {
    const { survives, says } = durabilityOf({ version, replicas: 3 });
    expect(survives).toBe('as-the-server-is-configured');
    expect(says).toContain('sync_interval: always');
    expect(says).toContain('3 copies');
  },
);
