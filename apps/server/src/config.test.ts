import { expect, test } from 'vitest';
import { type Config, readConfig } from './config.ts';

function configOf(environment: Readonly<Record<string, string>>): Config {
  const read = readConfig(environment, '/work');
  if (!read.ok) throw new Error(read.complaints.join('\n'));
  return read.config;
}

test('without any variable the defaults hold', () => {
  expect(configOf({})).toEqual({
    port: 4400,
    host: '127.0.0.1',
    dataDir: '/work/.sluice',
    egressAllow: [],
    demo: true,
    warnings: [],
  });
});

test('an empty variable counts as unset', () => {
  expect(configOf({ PORT: '', DATABASE_URL: '  ', NATS_URL: '' }).port).toBe(4400);
});

test('given values are taken', () => {
  const config = configOf({
    PORT: '0',
    HOST: '::1',
    SLUICE_DATA_DIR: '/data',
    SLUICE_EGRESS_ALLOW: '10.1.0.0/16, erp.example.com',
    SLUICE_DEMO: '0',
    SLUICE_DISK_RESERVE: '512MiB',
    LOG_LEVEL: 'debug',
  });
  expect(config).toMatchObject({
    port: 0,
    host: '::1',
    dataDir: '/data',
    egressAllow: ['10.1.0.0/16', 'erp.example.com'],
    demo: false,
    diskReserveBytes: 536_870_912,
    logLevel: 'debug',
  });
});

test.each([
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['PORT', 'http'],
  ['HOST', '0.0.0.0'],
  ['HOST', '192.168.1.2'],
  ['DATABASE_URL', 'mysql://x'],
  ['NATS_URL', 'nats://127.0.0.1'],
  ['SLUICE_ROLE', 'worker'],
  ['SLUICE_SECRET_KEY', 'short'],
  ['SLUICE_EGRESS_ALLOW', 'not a/network'],
  ['LOG_LEVEL', 'loud'],
  ['SLUICE_DEMO', 'yes'],
  ['SLUICE_DISK_RESERVE', '5%'],
])('%s=%s is refused in one line that names it', (name, value) => {
  const read = readConfig({ [name]: value }, '/work');
  expect(read).toEqual({ ok: false, complaints: [expect.stringMatching(new RegExp(`^${name} .+\\.$`))] });
});

test('every bad value is named at once', () => {
  const read = readConfig({ PORT: 'x', HOST: 'x', SLUICE_ROLE: 'x' }, '/work');
  expect(read.ok ? [] : read.complaints.map((complaint) => complaint.split(' ')[0])).toEqual([
    'PORT',
    'HOST',
    'SLUICE_ROLE',
  ]);
});

test('what has no effect is said', () => {
  expect(configOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }).warnings).toEqual([
    expect.stringContaining('OTEL_EXPORTER_OTLP_ENDPOINT'),
  ]);
});
