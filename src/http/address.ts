import { BlockList, isIP, isIPv6 } from 'node:net';

// IANA special-purpose address registries (RFC 6890 and its successors): nothing here is a public host.
const SPECIAL: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['::1', 128, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['100::', 64, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

const special = new BlockList();
for (const [network, prefix, family] of SPECIAL) special.addSubnet(network, prefix, family);

/** True for an IP address that the public internet routes; false for everything else, names included. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (isIP(bare) === 0) return false;
  // The mapped range is no row above: Node's list would take every IPv4 address for a part of it.
  if (isIPv6(bare) && /^::ffff:/i.test(bare)) return false;
  return !special.check(bare, isIPv6(bare) ? 'ipv6' : 'ipv4');
}

/** True when a URL's host is written as an address or names this machine or a cloud's metadata service. */
export function isLiteralOrLocalHost(hostname: string): boolean {
  const bare = hostname
    .replace(/^\[|\]$/g, '')
    .toLowerCase()
    .replace(/\.$/, '');
  if (isIP(bare) !== 0) return true;
  return (
    bare === 'localhost' || bare.endsWith('.localhost') || bare === 'metadata' || bare === 'metadata.google.internal'
  );
}

/** True for a host that can only be this machine. */
export function isLoopbackHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare);
}

/** False for a host written as an address that is not public, and for names of this machine. Names are not looked up. */
export function isPublicHost(hostname: string): boolean {
  return !isLiteralOrLocalHost(hostname) || isPublicAddress(hostname);
}
