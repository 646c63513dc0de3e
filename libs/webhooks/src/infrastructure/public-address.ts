import { IPv6, isValid, parse } from 'ipaddr.js';

/** The public part of IPv6; all other ranges are special, reserved or deprecated. */
const GLOBAL_UNICAST = IPv6.parseCIDR('2000::/3');

/**
 * True for an address that may be called on behalf of a subscriber. Private, loopback, link-local (cloud metadata),
 * shared, multicast, reserved and unspecified addresses may not, nor IPv6 forms that carry or reach an IPv4 address.
 */
export function isPublicAddress(address: string): boolean {
  if (!isValid(address)) return false;
  const parsed = parse(address);
  if (parsed.range() !== 'unicast') return false;
  return !(parsed instanceof IPv6) || parsed.match(GLOBAL_UNICAST);
}
