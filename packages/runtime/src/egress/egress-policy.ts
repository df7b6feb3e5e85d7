import ipaddr from 'ipaddr.js';
import { judgeAddress } from './judge-address.ts';

/** Which targets may be called. */
export interface EgressPolicy {
  /** `allowed`: this machine and its networks too (local mode). `listed`: public targets, and what `allow` names. */
  readonly private: 'allowed' | 'listed';
  /** Networks (`10.1.0.0/16`), addresses (`10.1.2.3`) and hosts (`erp.example.com`, `*.corp.example.com`). */
  readonly allow: readonly string[];
}

/** An entry of the allow-list cannot be read. */
export class EgressPolicyError extends Error {
  override readonly name = 'EgressPolicyError';
  readonly code = 'egress-policy-invalid';
}

type Verdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** A policy in force. */
export interface EgressRules {
  /** Judges an address text before anything is looked up. */
  judgeUrl(url: URL): Verdict;
  /** Judges the addresses that a host's name stands for. One bad address refuses them all. */
  judgeResolved(host: string, addresses: readonly string[]): Verdict;
}

const PASS: Verdict = { ok: true };
const refuse = (reason: string): Verdict => ({ ok: false, reason });

const NOT_PUBLIC = 'it is not public, and not on the list of allowed targets';
const METADATA = 'addresses of cloud metadata services are never called';
const NO_TARGET = 'it is no address of a target';

/** Names of metadata services: refused even where private targets are allowed. */
const METADATA_HOSTS = new Set([
  'instance-data',
  'instance-data.ec2.internal',
  'metadata',
  'metadata.azure.internal',
  'metadata.goog',
  'metadata.google.internal',
  'metadata.platformequinix.com',
  'metadata.tencentyun.com',
]);

/** Names that mean this machine or a network of its own, whatever they resolve to. */
const PRIVATE_SUFFIXES = ['localhost', 'local', 'internal', 'intranet', 'lan', 'home.arpa', 'localdomain'];

/** Well-known ports of services that speak no HTTP and must not be talked to by accident or design. */
const INTERNAL_PORTS = new Set([
  1433, 1521, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4222, 5432, 5672, 5900, 5984, 6379, 6443, 6667, 8086,
  8500, 9042, 9092, 9200, 9300, 10250, 10255, 11211, 25565, 26257, 27017, 50000,
]);
const PLAIN_PORTS = new Set([80, 443]);
const FIRST_FREE_PORT = 1_024;

/** Reads the policy once. Throws `EgressPolicyError` naming the entry that cannot be read. */
export function createEgressRules(policy: EgressPolicy): EgressRules {
  const list = readAllowList(policy.allow);
  const privateAllowed = policy.private === 'allowed';

  const judgeAddressText = (address: string): Verdict => {
    const kind = judgeAddress(address);
    if (kind === 'metadata') return refuse(METADATA);
    if (kind === 'public' || list.hasAddress(address)) return PASS;
    if (kind === 'private') return privateAllowed ? PASS : refuse(NOT_PUBLIC);
    return refuse(NO_TARGET);
  };

  const judgePort = (url: URL): Verdict => {
    if (privateAllowed || url.port === '') return PASS;
    const port = Number(url.port);
    if (PLAIN_PORTS.has(port) || (port >= FIRST_FREE_PORT && !INTERNAL_PORTS.has(port))) return PASS;
    return refuse(`port ${port} is not open for calls`);
  };

  return {
    judgeUrl(url) {
      if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('only http and https are called');
      if (url.username !== '' || url.password !== '') return refuse('it holds a user name or password');
      const host = plainHost(url);
      if (host === '') return refuse(NO_TARGET);
      if (METADATA_HOSTS.has(host)) return refuse(METADATA);

      if (ipaddr.isValid(host)) {
        const verdict = judgeAddressText(host);
        return verdict.ok && !list.hasAddress(host) ? judgePort(url) : verdict;
      }
      if (list.hasHost(host)) return PASS;
      const isPrivateName = PRIVATE_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`));
      // A name without a dot is found through the search list of this machine's network.
      if (!privateAllowed && (isPrivateName || !host.includes('.'))) return refuse(NOT_PUBLIC);
      return judgePort(url);
    },

    judgeResolved(host, addresses) {
      if (addresses.length === 0) return refuse(NO_TARGET);
      const isListed = list.hasHost(host);
      for (const address of addresses) {
        const kind = judgeAddress(address);
        const verdict = isListed && kind === 'private' ? PASS : judgeAddressText(address);
        if (!verdict.ok) return verdict;
      }
      return PASS;
    },
  };
}

/** The host as it is compared: lower case, without brackets and without the dot that ends a full name. */
export function plainHost(url: URL): string {
  return url.hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

interface AllowList {
  hasAddress(address: string): boolean;
  hasHost(host: string): boolean;
}

const HOST_ENTRY = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

function readAllowList(entries: readonly string[]): AllowList {
  const networks: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];
  const hosts = new Set<string>();
  const suffixes: string[] = [];
  for (const entry of entries) {
    const text = entry.trim().toLowerCase().replace(/\.$/, '');
    if (ipaddr.isValidCIDR(text)) {
      networks.push(ipaddr.parseCIDR(text));
    } else if (ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)) {
      const address = ipaddr.parse(text);
      networks.push([address, address.kind() === 'ipv4' ? 32 : 128]);
    } else if (!HOST_ENTRY.test(text) || /^[\d.]+$/.test(text)) {
      throw new EgressPolicyError(
        `"${entry}" is not a network (10.1.0.0/16), address (10.1.2.3) or host (erp.example.com, *.example.com)`,
      );
    } else if (text.startsWith('*.')) {
      suffixes.push(text.slice(1));
    } else {
      hosts.add(text);
    }
  }
  return {
    hasAddress(text) {
      if (!ipaddr.isValid(text)) return false;
      const address = ipaddr.process(text);
      return networks.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits));
    },
    hasHost: (host) => hosts.has(host) || suffixes.some((suffix) => host.endsWith(suffix)),
  };
}
