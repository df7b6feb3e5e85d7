import { utf8ToBytes } from '@noble/hashes/utils.js';
import { durationMs } from '@sluice/pipeline';
import { type Connectors, WorkError } from '@sluice/engine';
import { findSecret } from '../prepare/find-secret.ts';
import type { WebhookConfig } from './definition.ts';
import { checkGithub } from './verify/github.ts';
import { checkPlainHmac } from './verify/plain-hmac.ts';
import type { SignatureCheck } from './verify/signature-check.ts';
import { checkStandardWebhooks, readStandardWebhooksKey } from './verify/standard-webhooks.ts';
import { checkStripe } from './verify/stripe.ts';

/**
 * The check that a config asks for; `undefined` only where it asks for none. A scheme whose secret is missing, empty or
 * unusable is refused here, so no request is ever let through for want of a key.
 */
export async function prepareSignatureCheck(
  verify: WebhookConfig['verify'],
  { secrets: connector, digests }: Pick<Connectors, 'secrets' | 'digests'>,
): Promise<SignatureCheck | undefined> {
  if (verify === undefined || verify.scheme === 'none') return undefined;
  const references = [
    ['verify.secret', verify.secret],
    ['verify.previousSecret', verify.previousSecret],
  ] as const;
  const secrets: { readonly setting: string; readonly value: string }[] = [];
  for (const [setting, reference] of references) {
    if (reference !== undefined) secrets.push({ setting, value: await findSecret(connector, setting, reference) });
  }
  if (secrets.length === 0 || verify.secret === undefined) {
    throw new WorkError(`verify.secret: is needed by the scheme ${verify.scheme}`, {
      code: 'secret-missing',
      retryable: false,
    });
  }
  const keys = secrets.map(({ value }) => utf8ToBytes(value));
  const toleranceMs = durationMs(verify.tolerance);
  const hmac = digests?.hmac.bind(digests);

  switch (verify.scheme) {
    case 'standard-webhooks':
      return checkStandardWebhooks(secrets.map(standardWebhooksKey), toleranceMs, hmac);
    case 'github':
      return checkGithub(keys, hmac);
    case 'stripe':
      return checkStripe(keys, toleranceMs, hmac);
    case 'hmac': {
      const { header = '', algorithm, encoding, prefix = '' } = verify;
      return checkPlainHmac(keys, { header, algorithm, encoding, prefix }, hmac);
    }
  }
}

function standardWebhooksKey(secret: { readonly setting: string; readonly value: string }) {
  const reading = readStandardWebhooksKey(secret.value);
  if (reading.ok) return reading.key;
  throw new WorkError(`${secret.setting}: the secret ${reading.message}`, {
    code: 'secret-unusable',
    retryable: false,
  });
}
