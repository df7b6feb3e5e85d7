import type { Database } from '@sluice/database';
import { type SecretConnector, WorkError } from '@sluice/engine';
import type { MasterKey } from './master-key.ts';
import { openSecret, sealedVersion, sealSecret } from './seal-secret.ts';

/** Secrets by name: written from outside, read by the engine alone. */
export interface SecretVault extends SecretConnector {
  put(name: string, value: string): Promise<void>;
  /** False if there was none. */
  remove(name: string): Promise<boolean>;
  list(): Promise<readonly { readonly name: string; readonly updatedAt: Date }[]>;
  /** Names of secrets that this key does not open. */
  unreadable(): Promise<readonly string[]>;
}

/** `find` rejects with a `WorkError` `secret-unreadable` when the secret is there but the key does not open it. */
export function createSecretVault({
  secrets,
  key,
}: {
  readonly secrets: Database['secrets'];
  readonly key: MasterKey;
}): SecretVault {
  return {
    async find(name) {
      const sealed = await secrets.find(name);
      if (sealed === undefined) return undefined;
      const opened = openSecret(name, sealed, key);
      if (opened.ok) return opened.value;
      const detail =
        opened.reason === 'other-key'
          ? `was sealed with another key (${opened.keyId}) than the one in use (${Buffer.from(key.id).toString('hex')}). Start with the former SLUICE_SECRET_KEY or key file, or enter the secret again`
          : 'was damaged in the database. Enter it again';
      throw new WorkError(`The secret "${name}" ${detail}.`, { code: 'secret-unreadable', retryable: false });
    },
    async put(name, value) {
      const before = await secrets.find(name);
      const version = before === undefined ? 1 : sealedVersion(before) + 1;
      await secrets.put({ name, sealed: sealSecret({ name, value, version }, key) });
    },
    remove: (name) => secrets.remove(name),
    list: () => secrets.list(),
    async unreadable() {
      const names: string[] = [];
      for (const { name } of await secrets.list()) {
        const sealed = await secrets.find(name);
        if (sealed !== undefined && !openSecret(name, sealed, key).ok) names.push(name);
      }
      return names;
    },
  };
}
