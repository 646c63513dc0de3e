import { IPv6, isValid, parse } from 'ipaddr.js';

/** What is handed out for the public internet; all else in IPv6 is special, reserved or long deprecated. */
const GLOBAL_UNICAST = IPv6.parseCIDR('2000::/3');

/**
 * Whether an address may be called on behalf of somebody else: neither private, loopback, link-local (where clouds keep
 * their metadata), shared, multicast, reserved nor unspecified, nor an IPv6 form that carries or reaches an IPv4 one.
 */
export function isPublicAddress(address: string): boolean {
  if (!isValid(address)) return false;
  const parsed = parse(address);
  if (parsed.range() !== 'unicast') return false;
  return !(parsed instanceof IPv6) || parsed.match(GLOBAL_UNICAST);
}
