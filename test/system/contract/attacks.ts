import { ADDRESS } from '../../support/shop';
import fc, { type Arbitrary } from 'fast-check';
import type { Json } from '../../support/api';
import type { Route } from '../../support/openapi';
import type { JsonArbitraries } from './json-arbitraries';
import { NAUGHTY_STRINGS } from './naughty-strings';
import { ODD_HEADERS, ownHeaders } from './headers';
import { pathOf, queryOf } from './paths';

export const CALLERS = ['customer', 'admin', 'apiKey', 'nobody'] as const;

/** One request, before what it names is put in: see {@link Targets}. */
export interface Attack {
  caller: (typeof CALLERS)[number];
  path: string;
  query: string;
  headers: Record<string, string | string[]>;
  /** Latin-1 where it is no text. */
  body?: string;
  encoding: 'utf8' | 'latin1';
}

/** What of a request is not as the document has it. */
const SPOILT = ['nothing', 'nothing', 'path', 'query', 'headers', 'body', 'body', 'body', 'wrapping', 'all'] as const;
type Spoilt = (typeof SPOILT)[number];

/** Bodies that do what the route is for, where a schema cannot express what goes together. */
const SAMPLES: Record<string, string> = {
  'post /v1/auth/token': '{"username":"ann","password":"correct horse battery"}',
  'post /v1/auth/password-resets/confirm': '{"token":"{{reset-tokens:0}}","password":"another long pass phrase"}',
  'post /v1/auth/email-verifications': '{"token":"{{verification-tokens:0}}"}',
  'post /v1/orders': '{"items":[{"productId":"{{products:0}}","quantity":1}]}',
  'post /v1/fulfilments/{id}/shipments': '{}',
  'post /v1/orders/{id}/returns': '{"items":[{"productId":"{{goods:0}}","quantity":1}],"reason":"too small"}',
  'post /v1/returns/{id}/receive': '{"items":[{"productId":"{{goods:0}}","restock":1}]}',
  'post /v1/cart/items': '{"productId":"{{products:0}}","quantity":1}',
  'post /v1/cart/checkout': '{}',
  'post /v1/shipping-methods': '{"code":"mule","name":"By mule","price":{"amount":"1.00","currency":"GBP"}}',
  'put /v1/tax-rates/{country}': '{"rate":"8.875","inclusive":false}',
  'post /v1/customers/me/addresses': JSON.stringify(ADDRESS),
  'put /v1/customers/me/addresses/{id}': JSON.stringify(ADDRESS),
  'post /v1/orders/{id}/refunds': '{"reason":"arrived broken"}',
  'post /v1/inventory/feeds': '{"source":"erp","takenAt":"2026-11-28T06:00:00Z","items":[{"sku":"A","onHand":1}]}',
  'post /v1/products/{id}/stock-adjustments': '{"delta":1,"reason":"found"}',
};

/** Requests to one route: good ones, and some that are bad in one part, or in all. */
export function attacksOn(route: Route, arbitraries: JsonArbitraries): Arbitrary<Attack> {
  const parameters = (route.operation.parameters ?? []) as Json[];
  const inPlace = (place: string) => parameters.filter((each) => each.in === place);
  const content = Object.entries((route.operation.requestBody?.content ?? {}) as Record<string, Json>)[0];
  return fc.constantFrom(...SPOILT).chain((spoilt: Spoilt) => {
    const spoils = (part: Spoilt) => spoilt === part || spoilt === 'all';
    const [good, bad] = [wellFormed(route.name, content, arbitraries), malformed(content, arbitraries)];
    return fc
      .record({
        caller: fc.constantFrom(...CALLERS.slice(0, 3), ...CALLERS),
        path: pathOf(route, spoils('path')),
        query: queryOf(inPlace('query'), arbitraries, spoils('query')),
        own: ownHeaders(inPlace('header'), spoils('headers')),
        others: spoils('headers') ? ODD_HEADERS : fc.constant({}),
        body: spoils('wrapping') ? wrongly(good) : spoils('body') ? bad : good,
      })
      .map(({ own, others, body: { type, ...body }, ...rest }) => ({
        ...{ ...rest, ...body },
        headers: { ...(type === undefined ? {} : { 'content-type': type }), ...own, ...others },
      }));
  });
}

interface Body {
  type?: string;
  body?: string;
  encoding: 'utf8' | 'latin1';
}

const text = (type: string | undefined, body: string): Body => ({ type, body, encoding: 'utf8' });

function wellFormed(name: string, content: [string, Json] | undefined, arbitraries: JsonArbitraries): Arbitrary<Body> {
  if (!content) return fc.constant({ encoding: 'utf8' });
  const [type, { schema }] = content;
  if (type !== 'application/json') return fc.constant(text(type, schema.example as string));
  const sample = SAMPLES[name] ? [fc.constant(SAMPLES[name])] : [];
  return fc.oneof(...sample, arbitraries.valid(schema)).map((json) => text(type, json));
}

function malformed(content: [string, Json] | undefined, arbitraries: JsonArbitraries): Arbitrary<Body> {
  const anything = fc.json().map((json) => text('application/json', json));
  if (!content) return anything;
  const [type, { schema }] = content;
  if (type === 'application/json')
    return fc.oneof(
      anything,
      ...Array<Arbitrary<Body>>(5).fill(arbitraries.mutant(schema).map((json) => text(type, json))),
    );
  const cell = fc.constantFrom(...NAUGHTY_STRINGS);
  const header = fc.constantFrom(
    'sku,name,price,currency',
    'sku,name',
    'name',
    'sku,sku',
    '__proto__,sku',
    'sku,stock,unitLimit,active',
  );
  return fc
    .tuple(header, fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { maxLength: 5 }))
    .map(([first, rows]) => text(type, [first, ...rows.map((cells) => cells.join(','))].join('\n')));
}

/** A good body that comes as something else, or only in part. */
const wrongly = (good: Arbitrary<Body>): Arbitrary<Body> =>
  fc
    .tuple(
      good.map((each) => ({ ...each, body: each.body ?? '{}' })),
      fc.constantFrom<((body: Body & { body: string }) => Body)[]>(
        ...WRONG_TYPES.map((type) => (given: Body) => ({ ...given, type })),
        (given) => ({ ...given, body: `\ufeff${given.body}` }),
        (given) => ({ ...given, body: given.body.slice(0, -1) }),
        (given) => ({ ...given, body: `${given.body}x` }),
        (given) => ({ ...given, body: '' }),
        (given) => ({ ...given, body: '\0' }),
        (given) => ({ ...given, body: `${given.body.slice(0, 2)}\xff\xfe\xc0\xaf`, encoding: 'latin1' }),
        (given) => ({ ...given, body: '['.repeat(10_000) + ']'.repeat(10_000) }),
        (given) => ({ ...given, body: `${given.body}${' '.repeat(270_000)}` }),
        (given) => ({ ...given, body: `[${given.body},${given.body}]` }),
      ),
    )
    .map(([body, wrong]) => wrong(body));

const WRONG_TYPES = [
  ...[
    'text/plain',
    'text/csv',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ],
  ...[
    'APPLICATION/JSON',
    'application/json; charset=utf-16',
    'application/json; charset=latin1',
    'application/json;',
    '',
  ],
  ...[
    'application/merge-patch+json',
    'application/json, text/csv',
    'application/jsonx',
    'x',
    ';',
    '__proto__',
    '\xff/\xfe',
  ],
  undefined,
];
