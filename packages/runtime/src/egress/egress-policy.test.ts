import { describe, expect, test } from 'vitest';
import { createEgressRules, EgressPolicyError, type EgressPolicy } from './egress-policy.ts';

const LISTED: EgressPolicy = { private: 'listed', allow: [] };
const LOCAL: EgressPolicy = { private: 'allowed', allow: [] };

const passes = (policy: EgressPolicy, url: string) => createEgressRules(policy).judgeUrl(new URL(url)).ok;

/** Never called from a hosted installation, however they are written. */
const INTERNAL_URLS = [
  'http://127.0.0.1/',
  'http://127.0.0.1:8080/',
  'http://127.1/',
  'http://127.0.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.0.0.1/',
  'http://0177.0.0.1/',
  'http://017700000001/',
  'http://127.0.0.1./',
  'http://①②⑦.0.0.1/',
  'http://127%2e0%2e0%2e1/',
  'http://１２７.０.０.１/',
  'http://127.255.255.254/',
  'http://0.0.0.0/',
  'http://0/',
  'http://0.1.2.3/',
  'http://10.0.0.1/',
  'http://10.255.255.255/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.1.1/',
  'http://100.64.0.1/',
  'http://169.254.1.1/',
  'http://192.0.0.1/',
  'http://192.0.2.1/',
  'http://198.18.0.1/',
  'http://198.51.100.1/',
  'http://203.0.113.1/',
  'http://192.88.99.1/',
  'http://224.0.0.1/',
  'http://239.255.255.250/',
  'http://240.0.0.1/',
  'http://255.255.255.255/',
  'http://[::]/',
  'http://[::1]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::ffff:10.0.0.1]/',
  'http://[0:0:0:0:0:ffff:c0a8:101]/',
  'http://[::127.0.0.1]/',
  'http://[::ffff:0:127.0.0.1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[64:ff9b::10.0.0.1]/',
  'http://[64:ff9b:1::7f00:1]/',
  'http://[2002:7f00:1::]/',
  'http://[2001::1]/',
  'http://[fc00::1]/',
  'http://[fd12:3456:789a::1]/',
  'http://[fe80::1]/',
  'http://[fec0::1]/',
  'http://[ff02::1]/',
  'http://[2001:db8::1]/',
  'http://[100::1]/',
  'http://[4000::1]/',
  'http://localhost/',
  'http://LOCALHOST/',
  'http://localhost./',
  'http://localhost:3000/',
  'http://app.localhost/',
  'http://printer.local/',
  'http://db.internal/',
  'http://db.internal./',
  'http://nas.lan/',
  'http://router.home.arpa/',
  'http://postgres/',
  'http://postgres:5432/',
  'https://redis./',
];

/** Never called from anywhere. */
const METADATA_URLS = [
  'http://169.254.169.254/latest/meta-data/',
  'http://169.254.169.254./latest/meta-data/',
  'http://2852039166/latest/meta-data/',
  'http://0xa9fea9fe/',
  'http://0251.0376.0251.0376/',
  'http://169.254.170.2/v2/credentials',
  'http://169.254.170.23/v1/credentials',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[::169.254.169.254]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[2002:a9fe:a9fe::]/',
  'http://[fd00:ec2::254]/latest/meta-data/',
  'http://[fd00:0ec2:0:0:0:0:0:0254]/',
  'http://[fd20:ce::254]/',
  'http://[fe80::a9fe:a9fe]/',
  'http://100.100.100.200/latest/meta-data/',
  'http://168.63.129.16/machine',
  'http://192.0.0.192/opc/v2/',
  'http://metadata.google.internal/computeMetadata/v1/',
  'http://METADATA.google.INTERNAL/',
  'http://metadata.google.internal./',
  'http://metadata/computeMetadata/v1/',
  'http://metadata.goog/',
  'http://instance-data/latest/meta-data/',
  'http://metadata.tencentyun.com/',
];

/** Never called, whoever asks. */
const NO_TARGETS = [
  'ftp://example.com/',
  'file:///etc/passwd',
  'gopher://example.com/',
  'data:text/plain,x',
  'ws://example.com/',
  'javascript:alert(1)',
  'unix:/var/run/docker.sock',
  'http://user@example.com/',
  'http://user:secret@example.com/',
  'http://example.com@127.0.0.1/',
  'http://0.0.0.0:8080/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://[::]:8080/',
  'http://[64:ff9b::7f00:1]/',
];

describe('a hosted installation', () => {
  test.each([...INTERNAL_URLS, ...METADATA_URLS, ...NO_TARGETS])('does not call %s', (url) => {
    expect(passes(LISTED, url)).toBe(false);
  });

  test.each([
    'https://api.example.com/orders',
    'http://example.com',
    'https://example.com:443/',
    'https://example.com:8443/',
    'http://8.8.8.8/',
    'http://[2606:4700::1111]/',
    'https://xn--bcher-kva.example/',
    'https://example.com./',
    'https://internal.example.com/',
  ])('calls %s', (url) => {
    expect(passes(LISTED, url)).toBe(true);
  });

  test.each([22, 25, 110, 445, 2375, 3306, 5432, 6379, 9200, 11211, 27017])('does not call port %i', (port) => {
    expect(passes(LISTED, `http://example.com:${port}/`)).toBe(false);
    expect(passes(LISTED, `http://8.8.8.8:${port}/`)).toBe(false);
  });
});

describe('a local installation', () => {
  test.each([
    'http://127.0.0.1:9000/ship',
    'http://localhost:3000/',
    'http://[::1]:3000/',
    'http://10.1.2.3/',
    'http://192.168.1.20:5432/',
    'http://[fd12::1]/',
    'http://100.64.0.1/',
    'http://postgres/',
    'http://host.docker.internal:8080/',
    'https://api.example.com/',
  ])('calls %s', (url) => {
    expect(passes(LOCAL, url)).toBe(true);
  });

  test.each([...METADATA_URLS, ...NO_TARGETS])('does not call %s', (url) => {
    expect(passes(LOCAL, url)).toBe(false);
  });
});

describe('the list of allowed targets', () => {
  const rules = (...allow: string[]) => createEgressRules({ private: 'listed', allow });

  test.each([
    [['10.1.0.0/16'], 'http://10.1.2.3/', true],
    [['10.1.0.0/16'], 'http://10.1.2.3:5432/', true],
    [['10.1.0.0/16'], 'http://10.2.0.1/', false],
    [['10.1.2.3'], 'http://10.1.2.3/', true],
    [['10.1.2.3'], 'http://10.1.2.4/', false],
    [['10.0.0.0/8'], 'http://[::ffff:10.0.0.1]/', true],
    [['fd12::/16'], 'http://[fd12::1]/', true],
    [['::1'], 'http://[::1]:8080/', true],
    [['erp.corp.local'], 'http://erp.corp.local:8080/', true],
    [['ERP.corp.local.'], 'http://erp.CORP.local./', true],
    [['erp.corp.local'], 'http://crm.corp.local/', false],
    [['*.corp.local'], 'http://crm.corp.local/', true],
    [['*.corp.local'], 'http://corp.local/', false],
    [['*.corp.local'], 'http://evilcorp.local/', false],
    [['postgres'], 'http://postgres/', true],
    // No list opens the way to credentials.
    [['169.254.0.0/16'], 'http://169.254.169.254/', false],
    [['0.0.0.0/0', '::/0'], 'http://169.254.169.254/', false],
    [['0.0.0.0/0', '::/0'], 'http://[fd00:ec2::254]/', false],
    [['64:ff9b::/96'], 'http://[64:ff9b::a9fe:a9fe]/', false],
    [['metadata.google.internal'], 'http://metadata.google.internal/', false],
  ])('%j: %s passes: %s', (allow, url, passed) => {
    expect(rules(...allow).judgeUrl(new URL(url)).ok).toBe(passed);
  });

  test.each([
    [[], 'api.example.com', ['93.184.216.34'], true],
    [[], 'api.example.com', ['10.0.0.1'], false],
    [[], 'api.example.com', ['93.184.216.34', '127.0.0.1'], false],
    [[], 'api.example.com', ['::ffff:10.0.0.1'], false],
    [[], 'api.example.com', [], false],
    [[], 'api.example.com', ['no address'], false],
    [['erp.corp.local'], 'erp.corp.local', ['10.0.0.1'], true],
    [['erp.corp.local'], 'erp.corp.local', ['169.254.169.254'], false],
    [['erp.corp.local'], 'erp.corp.local', ['10.0.0.1', '224.0.0.1'], false],
    [['10.0.0.0/8'], 'erp.corp.local', ['10.0.0.1'], true],
    [['10.0.0.0/8'], 'erp.corp.local', ['10.0.0.1', '192.168.0.1'], false],
  ])('%j: %s at %j passes: %s', (allow, host, addresses, passed) => {
    expect(rules(...allow).judgeResolved(host, addresses).ok).toBe(passed);
  });

  test('even locally, no name leads to credentials', () => {
    expect(createEgressRules(LOCAL).judgeResolved('nice.example.com', ['169.254.169.254']).ok).toBe(false);
  });

  test.each(['10.0.0.0/33', 'http://example.com', 'a b', '', '10.0.0', '*', '*.*', 'example..com', '999.1.1.1'])(
    'refuses the entry %j by name',
    (entry) => {
      expect(() => rules(entry)).toThrow(EgressPolicyError);
      expect(() => rules(entry)).toThrow(`"${entry}"`);
    },
  );
});
