/** What a server does with a message before it acknowledges it. */
export interface Durability {
  /**
   * What survives for certain: the death of every process, also of the server; or as well the loss of power; or only the
   * server knows, by its own configuration.
   */
  readonly survives: 'death-of-processes' | 'as-the-server-is-configured';
  /** For the log at start: which promise holds, and what would make it stronger. */
  readonly says: string;
}

/** The first version that can be told to sync before it acknowledges. */
const SYNC_ALWAYS_SINCE = [2, 10] as const;

export function durabilityOf({
  version,
  replicas,
}: {
  readonly version: string;
  readonly replicas: number;
}): Durability {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [sinceMajor, sinceMinor] = SYNC_ALWAYS_SINCE;
  const copies = replicas === 1 ? 'one copy' : `${replicas} copies`;
  if (major < sinceMajor || (major === sinceMajor && minor < sinceMinor))
    return {
      survives: 'death-of-processes',
      says:
        `NATS ${version} writes before it acknowledges and syncs every 2 minutes (${copies}): what was accepted survives ` +
        'the death of every process, and a loss of power may take the last 2 minutes. Versions from 2.10 on can sync always.',
    };
  return {
    survives: 'as-the-server-is-configured',
    says:
      `NATS ${version} survives a loss of power without losing what was accepted only with "sync_interval: always" in the ` +
      `jetstream block of its configuration (${copies}). Without it, the last 2 minutes may be lost.`,
  };
}
