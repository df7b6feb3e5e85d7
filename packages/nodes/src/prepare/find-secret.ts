import { type SecretConnector, WorkError } from '@sluice/engine';

/** A secret's value. Rejects with `secret-missing` when there is none or it is empty: nothing ever goes on without. */
export async function findSecret(
  secrets: SecretConnector,
  setting: string,
  reference: { readonly $secret: string },
): Promise<string> {
  const value = await secrets.find(reference.$secret);
  if (value !== undefined && value !== '') return value;
  const complaint = value === undefined ? 'does not exist' : 'is empty';
  throw new WorkError(`${setting}: the secret ${reference.$secret} ${complaint}`, {
    code: 'secret-missing',
    retryable: false,
  });
}
