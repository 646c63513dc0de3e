import type { Separator } from './csv-file';

/** A number whose mark may be a decimal mark or a thousands separator. */
export const AMBIGUOUS = Symbol('ambiguous');

const BLANK_GROUPS = /(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))/g;
const GROUPS_THEN_POINT = /^-?\d{1,3}(,\d{3})+\.\d+$/;
const GROUPS_THEN_COMMA = /^-?\d{1,3}(\.\d{3})+,\d+$/;
const ONLY_GROUPS = /^-?\d{1,3}([.,]\d{3})(\1|[.,]\d{3})+$/;
const WITH_COMMA = /^-?\d+,\d+$/;
/** `1.234` and `1,234` may be either, but `0,125` has decimals and `12345,678` has no groups. */
const EITHER = /^-?[1-9]\d{0,2}[.,]\d{3}$/;

/**
 * A number of a file with a decimal point. A comma is a decimal mark in files that are not separated by commas. Text
 * that is no number is returned as it is, for the rules of its column to refuse.
 */
export function decimalOf(cell: string, separator: Separator): string | typeof AMBIGUOUS {
  const text = cell.replaceAll(BLANK_GROUPS, '');
  if (GROUPS_THEN_POINT.test(text)) return text.replaceAll(',', '');
  if (GROUPS_THEN_COMMA.test(text)) return text.replaceAll('.', '').replace(',', '.');
  if (ONLY_GROUPS.test(text) && !(text.includes('.') && text.includes(','))) return text.replaceAll(/[.,]/g, '');
  if (separator === ',') return text;
  if (EITHER.test(text)) return AMBIGUOUS;
  return WITH_COMMA.test(text) ? text.replace(',', '.') : text;
}

/** A number as the rules of a quantity take it; other text is returned as it is. */
export const numberOf = (text: string | undefined): unknown =>
  text !== undefined && /^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : text;

/**
 * One category of several, `Sale, Clothing > Hoodies`, since a product has one: the first, or the deepest below it. A
 * comma in a name is written `\,`, as WooCommerce does.
 */
export function categoryOf(list: string | undefined): string | undefined {
  const paths = (list ?? '').split(/(?<!\\),/).map((path) =>
    path
      .replaceAll('\\,', ',')
      .split('>')
      .map((name) => name.trim()),
  );
  const [first, ...others] = paths.filter((path) => path.some((name) => name !== ''));
  const isBelow = (path: string[], above: string[]) =>
    path.length > above.length && above.every((name, depth) => name === path[depth]);
  return first && others.reduce((deepest, path) => (isBelow(path, deepest) ? path : deepest), first).join(' > ');
}

/** URLs divided by blanks, or by the commas, semicolons or bars that other shops write before the next `https://`. */
export const urlsOf = (cell: string | undefined): string[] | undefined =>
  cell?.split(/[,;|]?\s+|[,;|](?=https?:\/\/)/i).filter((url) => url !== '');

/** Whether a product is on sale, as spreadsheets write it, and as the states of a product in other shops. */
const BOOLEANS = new Map([
  ...['true', '1', 'yes', 'active'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'draft', 'archived', '-1'].map((word) => [word, false] as const),
]);

export const booleanOf = (cell: string | undefined): unknown =>
  cell === undefined ? undefined : (BOOLEANS.get(cell.toLowerCase()) ?? cell);
