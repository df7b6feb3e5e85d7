import { type SecretConnector, WorkError } from '@sluice/engine';
import { findSecret } from '../prepare/find-secret.ts';

export interface OutgoingHeaders {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Values that must not show up in any text. */
  readonly secrets: readonly string[];
}

/** Headers of a node's calls, with secrets in place. */
export async function outgoingHeaders(
  configured: Readonly<Record<string, string | { readonly $secret: string }>> | undefined,
  connector: SecretConnector,
): Promise<OutgoingHeaders> {
  const headers: Record<string, string> = {};
  const secrets: string[] = [];
  for (const [name, value] of Object.entries(configured ?? {})) {
    if (typeof value === 'string') {
      headers[name.toLowerCase()] = value;
      continue;
    }
    const setting = `headers.${name}`;
    const secret = await findSecret(connector, setting, value);
    if (!/^[\t\x20-\x7e]+$/.test(secret)) {
      throw new WorkError(`${setting}: the secret ${value.$secret} holds characters that a header cannot carry`, {
        code: 'secret-unusable',
        retryable: false,
      });
    }
    headers[name.toLowerCase()] = secret;
    secrets.push(secret);
  }
  return { headers, secrets };
}
