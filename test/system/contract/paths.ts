import fc, { type Arbitrary } from 'fast-check';
import type { Json } from '../../support/api';
import type { Route } from '../../support/openapi';
import { idOf, type JsonArbitraries } from './json-arbitraries';
import { NAUGHTY_STRINGS } from './naughty-strings';

const RAW_IDS = [
  ...[
    '%00',
    '%ff',
    '%',
    '%zz',
    '%E0%A4%A',
    '%ed%a0%80',
    '%2e%2e',
    '..',
    '.',
    '%2f',
    'a%2fb',
    '%5c',
    '%20',
    '',
    '%0d%0a',
    '%23',
    '%3f',
  ],
  ...[
    'me',
    '%6de',
    'export',
    'NaN',
    '-1',
    '1',
    '0',
    'null',
    'undefined',
    '__proto__',
    'constructor',
    '*',
    ':id',
    '{id}',
    ';x=1',
    '@',
  ],
  ...[
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '01930A2E-7C4F-7D31-9A52-3C5B7E0F1A44',
  ],
  ...['x'.repeat(101), 'x'.repeat(9_000), '%F0%9F%98%80', "'%20OR%201=1--", '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44%00'],
];

/** What goes in for `{id}`, and what may stand behind it all. */
export function pathOf({ path, operation }: Route, isSpoilt: boolean): Arbitrary<string> {
  const parts = path.split('/').map((part, i, all): Arbitrary<string> => {
    if (!part.startsWith('{')) return fc.constant(part);
    const name = part.slice(1, -1);
    const { schema } = (operation.parameters as Json[]).find((each) => each.name === name);
    const known = schema.enum
      ? fc.constantFrom(...(schema.enum as string[]))
      : idOf(all[i - 1] === 'items' ? 'products' : all[i - 1]);
    if (!isSpoilt) return fc.oneof({ weight: 4, arbitrary: known }, { weight: 1, arbitrary: fc.uuid() });
    return fc.oneof(
      fc.constantFrom(...RAW_IDS),
      fc.uuid().map((id) => id.toUpperCase()),
    );
  });
  const whole = fc.tuple(...parts).map((all) => all.join('/'));
  return isSpoilt
    ? fc.tuple(whole, fc.constantFrom('', '', '', '/', '//', '/x', '%00')).map((two) => two.join(''))
    : whole;
}

const ODD_QUERY = ['x', ...NAUGHTY_STRINGS.filter((each) => each.length < 1_000 && each.isWellFormed())].map(
  encodeURIComponent,
);
const RAW_QUERY = [
  '%',
  '%ff',
  '%00',
  '%zz',
  '%ed%a0%80',
  '+',
  '&',
  '=',
  '==',
  '#',
  'a=b',
  '%2500',
  'x'.repeat(7_000),
  'x'.repeat(9_000),
];

export function queryOf(parameters: Json[], arbitraries: JsonArbitraries, isSpoilt: boolean): Arbitrary<string> {
  const pairs = parameters.map(({ name, schema }) => {
    const good = arbitraries.scalar(schema, name as string).map((value) => `${name}=${encodeURIComponent(value)}`);
    const value = fc.constantFrom(...ODD_QUERY, ...RAW_QUERY, '0', '101', '1.5', '01', 'name,price', '-1', '1e2');
    const bad = fc.tuple(fc.constantFrom(name, name, name, `${name}[]`, `${name}[a]`, `${name}[__proto__]`), value);
    // A cursor is the answer to an earlier request; whatever else is given for one is bad.
    const given = name === 'cursor' ? fc.constant(null) : fc.option(good, { freq: 2 });
    return isSpoilt
      ? fc.oneof(
          given,
          bad.map((two) => two.join('=')),
        )
      : given;
  });
  const unknown = fc.option(
    fc.constantFrom('x=1', '__proto__=1', 'constructor[prototype]=1', '', '&&&', 'limit=1&limit=2', 'toString=1'),
  );
  return fc
    .tuple(...pairs, isSpoilt ? unknown : fc.constant(null))
    .map((some) => some.filter((each) => each !== null).join('&'))
    .map((query) => (query ? `?${query}` : ''));
}
