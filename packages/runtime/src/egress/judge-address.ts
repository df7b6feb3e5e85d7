import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

export type AddressKind =
  /** Global unicast: anybody's. */
  | 'public'
  /** Of this machine or its networks. */
  | 'private'
  /** Where clouds hand out credentials to the machine: never to be called. */
  | 'metadata'
  /** Everything that is no target at all: multicast, reserved, tunnels with an address of their own inside. */
  | 'other';

/** Ranges that a local installation may call. Link-local is not among them: it is where metadata services are. */
const PRIVATE_RANGES = new Set(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat']);

/**
 * Addresses of metadata and host services of the large clouds. Those in link-local ranges are covered by the range.
 */
const METADATA_ADDRESSES = new Set(
  [
    '100.100.100.200', // Alibaba
    '168.63.129.16', // Azure, the host's own service
    '192.0.0.192', // Oracle
    'fd00:ec2::254', // AWS
    'fd00:ec2::23', // AWS, credentials of containers
    'fd20:ce::254', // Google
  ].map((text) => ipaddr.parse(text).toNormalizedString()),
);

/** What kind of target an IP address is: what a lookup gives, or a literal without brackets. */
export function judgeAddress(text: string): AddressKind {
  if (!ipaddr.isValid(text)) return 'other';
  const address = ipaddr.process(text);
  const embedded = embeddedIpv4(address);
  if (isMetadata(address) || (embedded !== undefined && isMetadata(embedded))) return 'metadata';
  const range = address.range();
  if (range === 'unicast') return isAssigned(address) ? 'public' : 'other';
  return PRIVATE_RANGES.has(range) ? 'private' : 'other';
}

function isMetadata(address: Address): boolean {
  return address.range() === 'linkLocal' || METADATA_ADDRESSES.has(address.toNormalizedString());
}

/** Of the IPv6 space only 2000::/3 is given out; the rest is called unicast for want of a name. */
const GLOBAL_IPV6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

function isAssigned(address: Address): boolean {
  return !(address instanceof ipaddr.IPv6) || address.match(GLOBAL_IPV6);
}

/** The IPv4 address that travels inside an IPv6 one, where a gateway on the way might unwrap it. */
function embeddedIpv4(address: Address): ipaddr.IPv4 | undefined {
  if (!(address instanceof ipaddr.IPv6)) return undefined;
  const bytes = address.toByteArray();
  const range: string = address.range();
  switch (range) {
    case 'rfc6052':
    case 'rfc6145':
      return new ipaddr.IPv4(bytes.slice(12));
    case '6to4':
      return new ipaddr.IPv4(bytes.slice(2, 6));
    case 'teredo':
      return new ipaddr.IPv4(bytes.slice(12).map((byte) => byte ^ 0xff));
    default:
      return undefined;
  }
}
