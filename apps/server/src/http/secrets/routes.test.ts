import { randomUUID } from 'node:crypto';
import type { SecretSummary } from '@sluice/protocol';
import { aPipeline, signStandardWebhook, webhook } from '@sluice/testkit';
import { expect, test } from 'vitest';
import { masterKeyFromText } from '../../secrets/master-key.ts';
import { createSecretVault } from '../../secrets/secret-vault.ts';
import { aName } from '../../testing/some-documents.ts';
import { testApi } from '../../testing/test-api.ts';

const api = testApi();
const [FIRST, SECOND] = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'];

async function signed(name: string, secret: string): Promise<number> {
  const body = '{"id":1}';
  const timestamp = Math.floor(Date.now() / 1_000);
  const headers = {
    'content-type': 'application/json',
    ...signStandardWebhook({ secret, id: randomUUID(), timestamp, body }),
  };
  const response = await fetch(`${api.url}/hooks/${name}/in`, { method: 'POST', headers, body });
  await response.body?.cancel();
  return response.status;
}

test('names come out, values never', async () => {
  await api.call('putSecret', { params: { name: 'listed' }, body: { value: 'hush-hush' } });
  const response = await api.call<{ secrets: readonly SecretSummary[] }>('listSecrets');
  expect(response.body.secrets.map((secret) => secret.name)).toContain('listed');
  expect(JSON.stringify(response.body)).not.toContain('hush-hush');
});

test('a value lies sealed in the database and is opened for the engine', async () => {
  await api.call('putSecret', { params: { name: 'sealed' }, body: { value: 'hush-hush' } });
  const stored = await api.parts.database.secrets.find('sealed');
  expect(Buffer.from(stored ?? []).toString('latin1')).not.toContain('hush-hush');
  expect(await api.parts.vault.find('sealed')).toBe('hush-hush');
});

test('with another key a secret is refused by name instead of being mistaken', async () => {
  await api.call('putSecret', { params: { name: 'foreign' }, body: { value: 'hush-hush' } });
  const other = createSecretVault({
    secrets: api.parts.database.secrets,
    key: masterKeyFromText('another key altogether'),
  });
  await expect(other.find('foreign')).rejects.toMatchObject({
    code: 'secret-unreadable',
    message: expect.stringContaining('"foreign" was sealed with another key'),
  });
  expect(await other.unreadable()).toContain('foreign');
  expect(await api.parts.vault.unreadable()).toEqual([]);
});

test('a new value holds at once for what is deployed', async () => {
  const name = aName();
  await api.call('putSecret', { params: { name: 'turning' }, body: { value: FIRST } });
  const verify = { scheme: 'standard-webhooks', secret: { $secret: 'turning' } };
  const { id } = (
    await api.call<{ id: string }>('createPipeline', {
      body: aPipeline(name).with(webhook('in', { verify })).pulledBy({ id: 'out', type: 'log' }).document(),
    })
  ).body;
  await api.call('deploy', { params: { id } });
  expect(await signed(name, FIRST)).toBe(202);
  await api.call('putSecret', { params: { name: 'turning' }, body: { value: SECOND } });
  expect(await signed(name, FIRST)).toBe(401);
  expect(await signed(name, SECOND)).toBe(202);

  const inUse = await api.refusal('removeSecret', { params: { name: 'turning' } });
  expect([inUse.status, inUse.body.code, inUse.body['pipelines']]).toEqual([409, 'secret-in-use', [name]]);
  await api.call('stop', { params: { id } });
  expect((await api.call('removeSecret', { params: { name: 'turning' } })).status).toBe(204);
});

test.each([
  ['a NUL', 'to\0ken', 'NUL character'],
  ['a line break behind its only line', 'token\n', 'ends with a line break'],
  ['another line break behind it', 'token\r\n', 'ends with a line break'],
])('a value with %s is refused where it is entered, in plain words', async (_name, value, words) => {
  const { status, body } = await api.refusal('putSecret', { params: { name: 'control' }, body: { value } });
  expect([status, body.code]).toEqual([400, 'request-invalid']);
  expect(body.detail).toContain(words);
  expect(await api.parts.vault.find('control')).toBeUndefined();
});

test('a key of several lines is kept to the letter', async () => {
  const value = '-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----\n';
  expect((await api.call('putSecret', { params: { name: 'pem' }, body: { value } })).status).toBe(204);
  expect(await api.parts.vault.find('pem')).toBe(value);
});

test('what is not a secret is refused', async () => {
  expect((await api.refusal('removeSecret', { params: { name: 'nowhere' } })).body.code).toBe('secret-not-found');
  expect((await api.refusal('putSecret', { params: { name: '../x' }, body: { value: 'x' } })).status).toBe(400);
  expect((await api.refusal('putSecret', { params: { name: 'x' }, body: { value: '' } })).status).toBe(400);
  expect((await api.refusal('putSecret', { params: { name: 'x' }, body: { value: 'x', more: 1 } })).status).toBe(400);
});
