import { expect, test } from 'vitest';
import { masterKeyFromText } from './master-key.ts';
import { openSecret, sealedVersion, sealSecret } from './seal-secret.ts';

const key = masterKeyFromText('a'.repeat(64));
const otherKey = masterKeyFromText('b'.repeat(64));

test('what was sealed is opened under its name', () => {
  const sealed = sealSecret({ name: 'orders', value: 'hush – 🤫', version: 3 }, key);
  expect(openSecret('orders', sealed, key)).toEqual({ ok: true, value: 'hush – 🤫' });
  expect(sealedVersion(sealed)).toBe(3);
});

test('sealing twice gives nothing away', () => {
  const secret = { name: 'orders', value: 'hush', version: 1 };
  expect(sealSecret(secret, key)).not.toEqual(sealSecret(secret, key));
});

test('a value under another name does not open', () => {
  const sealed = sealSecret({ name: 'orders', value: 'hush', version: 1 }, key);
  expect(openSecret('invoices', sealed, key)).toEqual({ ok: false, reason: 'damaged' });
});

test('another key is told from damage, by its id', () => {
  const sealed = sealSecret({ name: 'orders', value: 'hush', version: 1 }, otherKey);
  expect(openSecret('orders', sealed, key)).toEqual({
    ok: false,
    reason: 'other-key',
    keyId: Buffer.from(otherKey.id).toString('hex'),
  });
});

test('no byte can be changed', () => {
  const sealed = sealSecret({ name: 'orders', value: 'hush', version: 1 }, key);
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Uint8Array.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(openSecret('orders', changed, key).ok, `byte ${index}`).toBe(false);
  }
  expect(openSecret('orders', sealed.subarray(0, 10), key)).toEqual({ ok: false, reason: 'damaged' });
});
