import path from 'node:path';
import { parseEnv } from 'node:util';
import type { SecretConnector } from '@sluice/engine';
import { CommandFailure, UsageError } from '../failures.ts';
import { readText } from '../read-document-file.ts';

/**
 * Secrets of a pipeline that runs without a server: from a file of `name=value` lines or one JSON object, and from
 * `--secret name=value`, which wins.
 */
export async function readSecrets(given: {
  readonly file: string | undefined;
  readonly pairs: readonly string[];
  readonly folder: string;
}): Promise<SecretConnector> {
  const { file, pairs, folder } = given;
  const secrets = new Map(
    file === undefined ? [] : parseSecrets(await readText(path.resolve(folder, file), file), file),
  );
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    // The value stays out of the message: it may be in a log that others read.
    if (equals < 1) throw new UsageError('--secret must be name=value.', 'run');
    secrets.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  return { find: (name) => Promise.resolve(secrets.get(name)) };
}

function parseSecrets(text: string, file: string): readonly (readonly [string, string])[] {
  if (!text.trimStart().startsWith('{'))
    return Object.entries(parseEnv(text)).map(([name, value]) => [name, value ?? '']);
  const wrong = new CommandFailure(
    'secrets-malformed',
    `${file} must be one JSON object of names and texts, or lines of name=value.`,
  );
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // What the parser says may quote the secrets.
    throw wrong;
  }
  const entries = Object.entries(parsed as Record<string, unknown>);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) throw wrong;
  return entries;
}
