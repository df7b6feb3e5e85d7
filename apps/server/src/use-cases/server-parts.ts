import type { Database } from '@sluice/database';
import type { Engine, MessageStore, TraceStore } from '@sluice/engine';
import type { NodeCatalogue } from '@sluice/pipeline';
import type { LiveEvent } from '@sluice/protocol';
import type { SecretVault } from '../secrets/secret-vault.ts';
import type { Turns } from './turns.ts';
import type { VersionShelf } from './version-shelf.ts';

/** What the use cases work with; made once at the start. */
export interface ServerParts {
  readonly database: Database;
  readonly engine: Engine;
  readonly store: MessageStore;
  /** `undefined`: their file could not be opened, and none are kept. */
  readonly traces: TraceStore | undefined;
  readonly catalogue: NodeCatalogue;
  readonly vault: SecretVault;
  readonly versions: VersionShelf;
  /** Changes of one pipeline's life happen one after the other. */
  readonly turns: Turns;
  /** Why deployments that should run do not, by pipeline id. */
  readonly failures: Map<string, string>;
  /** Tells everybody who watches. */
  announce(event: Omit<LiveEvent, 'at'>): void;
  log(entry: {
    readonly level: 'info' | 'warn' | 'error';
    readonly text: string;
    readonly data?: Readonly<Record<string, unknown>>;
  }): void;
}
