const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const DAY = 86_400_000;
/** The last day that a number can name. */
const LAST_DAY = Date.UTC(9999, 11, 31);
const BEGINNING = /^(\d{1,8})(?:-([0-9A-Z]{0,5})(?:-([0-9A-Z]{0,5}))?)?$/;

/**
 * The number of an order, for people to read out, such as 20261121-7K3M9-QXW2A: the day, then 50 random bits of its id
 * in Crockford's base 32. It is computed from the id, so it needs no sequence and does not reveal how many orders
 * exist.
 */
export function orderNumber(id: string): string {
  const hex = id.replaceAll('-', '');
  const day = new Date(parseInt(hex.slice(0, 12), 16)).toISOString().slice(0, 10).replaceAll('-', '');
  let bits = BigInt(`0x${hex.slice(-16)}`) & ((1n << 50n) - 1n);
  let code = '';
  for (let i = 0; i < 10; i++, bits >>= 5n) code = CROCKFORD[Number(bits & 31n)] + code;
  return `${day}-${code.slice(0, 5)}-${code.slice(5)}`;
}

/**
 * What is known of the orders whose number begins so: their ids were made from `from` until before `end`, in
 * milliseconds, and their numbers begin with `number`. Undefined for a text with which no number begins.
 */
export function numbersBeginning(text: string): { number: string; from: number; end: number } | undefined {
  const [, day, ...code] = BEGINNING.exec(text.trim().toUpperCase()) ?? [];
  if (!day || (code[0] !== undefined && day.length < 8) || (code[1] !== undefined && code[0].length < 5))
    return undefined;
  // People confuse 0 with O, and 1 with I and L: base 32 leaves these letters out.
  const digits = code
    .filter((part: string | undefined) => part !== undefined)
    .map((part) => part.replaceAll('O', '0').replace(/[IL]/g, '1'));
  return {
    number: [day, ...digits].join('-'),
    from: startOf(day.padEnd(8, '0')),
    end: startOf(day.padEnd(8, '9')) + DAY,
  };
}

/** The start of a day such as 20261127; months and days beyond the calendar are moved to its nearest. */
function startOf(day: string): number {
  const between = (least: number, value: number, most: number) => Math.min(Math.max(value, least), most);
  const [year, month, date] = [day.slice(0, 4), day.slice(4, 6), day.slice(6)].map(Number);
  if (year < 1970) return 0;
  return between(0, Date.UTC(year, between(1, month, 12) - 1, between(1, date, 31)), LAST_DAY);
}
