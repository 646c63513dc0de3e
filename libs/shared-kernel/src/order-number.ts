const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * The number of an order, for people to read out, such as 20261121-7K3M9-QXW2A: the day, then 50 random bits of its id
 * in Crockford's base 32. Computed from the id, so it costs no sequence and no column, and tells nobody how many orders
 * there are.
 */
export function orderNumber(id: string): string {
  const hex = id.replaceAll('-', '');
  const day = new Date(parseInt(hex.slice(0, 12), 16)).toISOString().slice(0, 10).replaceAll('-', '');
  let bits = BigInt(`0x${hex.slice(-16)}`) & ((1n << 50n) - 1n);
  let code = '';
  for (let i = 0; i < 10; i++, bits >>= 5n) code = CROCKFORD[Number(bits & 31n)] + code;
  return `${day}-${code.slice(0, 5)}-${code.slice(5)}`;
}
