import { createHash } from 'node:crypto';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { HttpProblem, type IdempotentCall } from '@holdfast/platform';

/** Names the operation that a route's keys are scoped to. */
export const IdempotentOperation = Reflector.createDecorator<Operation>();

interface Operation {
  name: string;
  /** Whether a call may come without a key; it is then like any other call. */
  isKeyOptional: boolean;
}

/** Printable ASCII, 1 to 255 characters; a quoted RFC 8941 string is the same key as its bare content. */
const BARE = /^[\x21\x23-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/** The key that a header value names. Throws 400 `idempotency-key-missing` or `idempotency-key-invalid`. */
export function idempotencyKeyOf(header: string | string[] | undefined, rawHeaders: string[] = []): string {
  if (header === undefined) throw new IdempotencyKeyMissing();
  // Node joins two such headers into one key that nobody sent.
  if (rawHeaders.filter((name, i) => i % 2 === 0 && /^idempotency-key$/i.test(name)).length > 1)
    throw new IdempotencyKeyInvalid();
  const text = String(header).trim();
  const quoted = QUOTED.exec(text);
  const key = quoted ? quoted[1].replace(/\\(["\\])/g, '$1') : text;
  if (key.length > 255 || key.length < 1 || (!quoted && !BARE.test(key))) throw new IdempotencyKeyInvalid();
  return key;
}

/** Lower case: an id is the same in any case. */
const pathOf = ({ params }: FastifyRequest): string => JSON.stringify(params).toLowerCase();

/** SHA-256 over the canonical JSON of a request: keys sorted, no white space. */
export function fingerprintOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

/** The call that a logged-in customer makes under a key, if any. Throws as {@link idempotencyKeyOf}. */
export function idempotentCallOf(
  request: FastifyRequest & { user?: { id: string } },
  { name: operation, isKeyOptional }: Operation,
): IdempotentCall | undefined {
  if (!request.user) throw new Error('An idempotent route must need a login.');
  if (isKeyOptional && request.headers['idempotency-key'] === undefined) return undefined;
  return {
    customerId: request.user.id,
    operation,
    key: idempotencyKeyOf(request.headers['idempotency-key'], request.raw.rawHeaders),
    fingerprint: fingerprintOf([pathOf(request), request.body ?? {}]),
  };
}

export class IdempotencyKeyMissing extends HttpProblem {
  constructor() {
    super(400, 'idempotency-key-missing', 'This request needs an Idempotency-Key header; see /docs for how it works.');
  }
}

export class IdempotencyKeyInvalid extends HttpProblem {
  constructor() {
    super(
      400,
      'idempotency-key-invalid',
      'An Idempotency-Key is 1 to 255 printable ASCII characters, bare or as a quoted string.',
    );
  }
}
