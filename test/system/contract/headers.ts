import fc, { type Arbitrary } from 'fast-check';
import type { Json } from '../../support/api';
import { NAUGHTY_STRINGS } from './naughty-strings';

/** What Node lets out: bytes, but for control characters. */
const inHeader = (value: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(value) && value.length < 8_000;
const ODD_VALUES = [
  ...NAUGHTY_STRINGS.filter(inHeader),
  '"',
  '"a',
  '""',
  'W/"1"',
  '*',
  '"1","2"',
  'k'.repeat(255),
  'k'.repeat(256),
  '"\xe9"',
];

/** The headers that a route names. */
export function ownHeaders(parameters: Json[], isSpoilt: boolean): Arbitrary<Record<string, string | string[]>> {
  const odd = fc.constantFrom(...ODD_VALUES);
  const headers = parameters.map(({ name, schema }) => {
    const good: Arbitrary<string> =
      name === 'Idempotency-Key'
        ? fc.uuid()
        : name === 'Webhook-Signature'
          ? fc.constant('{{signature}}')
          : fc.constantFrom(...((schema.enum ?? ['"1"', '*']) as string[]));
    const bad = fc.oneof(odd, fc.tuple(odd, odd), fc.constant(undefined));
    return (isSpoilt ? bad : name === 'If-Match' ? fc.option(good, { nil: undefined }) : good).map(
      (value) => [String(name).toLowerCase(), value] as const,
    );
  });
  return fc
    .tuple(...headers)
    .map((pairs) =>
      Object.fromEntries(
        pairs.filter((pair): pair is readonly [string, string | [string, string]] => pair[1] !== undefined),
      ),
    );
}

/** A header that it does not name. */
export const ODD_HEADERS: Arbitrary<Record<string, string | string[]>> = fc
  .tuple(
    fc.constantFrom(
      'x-request-id',
      'accept',
      'accept-encoding',
      'accept-language',
      'traceparent',
      'authorization',
      'content-encoding',
      'if-none-match',
      'if-match',
      'range',
      'cookie',
      'origin',
      'x-forwarded-for',
      'x-http-method-override',
      'content-language',
      '__proto__',
      'x-y',
    ),
    fc.oneof(
      fc.constantFrom(...ODD_VALUES, 'gzip', 'Bearer x', 'Bearer hf_x', 'Basic YTpi', 'bytes=0-1', '00-0-0-00'),
      fc.constant<string[]>(['a', 'b']),
    ),
  )
  .map(([name, value]) => ({ [name]: value }));
