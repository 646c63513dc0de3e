import { Money } from '@holdfast/shared-kernel';
import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiTags, type OpenAPIObject } from '@nestjs/swagger';
import type { DomainError } from '@holdfast/shared-kernel';
import type { HttpProblem } from '@holdfast/platform';
import { type Problem, problemOf } from '@holdfast/platform/problems';

/** A JSON Schema, as far as this folder writes any. */
export type Schema = { [keyword: string]: unknown };

/** An operation of the document. */
export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & Record<`x-${string}`, unknown>;

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  example?: unknown;
  schema: Schema;
}

/** An answer of an operation. */
export interface Answer {
  description: string;
  headers?: Record<string, object>;
  content?: Record<string, { schema: Schema; examples?: Record<string, { summary: string; value: Problem }> }>;
}

/** Bytes of a request body, where its route sets no limit of its own. */
export const BODY_LIMIT = 262_144;

/** Extensions of operations by which decorators reach the document; all but the scopes are removed from it. */
export const EXTENSION = {
  problem: 'x-problem-',
  access: 'x-access',
  scopes: 'x-scopes',
  textBody: 'x-text-body',
  bodyLimit: 'x-body-limit',
  rateLimit: 'x-rate-limit',
  answerHeaders: 'x-answer-headers-',
} as const;

/** Who may call a route: anyone; anyone, with more to see when logged in; customers; admins. */
export type Access = 'public' | 'optional' | 'customer' | 'admin';

/** The name of an operation in the OpenAPI document and in the audit log: that of the controller's method. */
export const operationIdOf = (_controller: string, method: string): string => method;

export const EXAMPLE_ID = '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44';
/** An amount in an example. */
export const pounds = (amount: string): Money => Money.parse({ amount, currency: 'GBP' });

export const exampleOf = (error: DomainError | HttpProblem): Problem => problemOf(error, EXAMPLE_ID);

/**
 * Documents the problems of a route by an instance of each error that it throws, so that document and answers agree.
 * Problems that every route has (validation, 401, 503 …) need no mention.
 */
export const ApiProblems = (...examples: (DomainError | HttpProblem)[]) =>
  applyDecorators(
    ...examples.map((example) => ApiExtension(`${EXTENSION.problem}${example.code}`, exampleOf(example))),
  );

/** Headers of a route's successful answers that the document describes. */
export type AnswerHeader = 'ETag' | 'Idempotent-Replayed' | 'Location';
export const ApiAnswerHeaders = (...names: AnswerHeader[]) =>
  applyDecorators(...names.map((name) => ApiExtension(`${EXTENSION.answerHeaders}${name.toLowerCase()}`, name)));

export const ApiAccess = (access: Access) => ApiExtension(EXTENSION.access, access);
export const ApiTextBody = (type: string, limit: number) => ApiExtension(EXTENSION.textBody, { type, limit });
export const ApiBodyLimit = (bytes: number) => ApiExtension(EXTENSION.bodyLimit, bytes);
export const ApiRateLimit = (name: string) => ApiExtension(EXTENSION.rateLimit, name);

/** The limit of a route without a decorator: `requests` within the API, none outside it. */
export const usualRateLimit = (path: string): string => (path.startsWith('/v1/') ? 'requests' : 'none');

/** The scopes that an API key may have: those that open a route of this process. */
export const SCOPES: string[] = [];

/** Documents the scopes of an API key that open a route. */
export const ApiScopes = (scopes: string[]) => {
  SCOPES.push(...scopes.filter((scope) => !SCOPES.includes(scope)));
  return ApiExtension(EXTENSION.scopes, scopes);
};

export const groups = new Map<string, string | undefined>();

/** The heading in the document that a controller's routes stand under, and the text below it. */
export const ApiGroup = (name: string, description?: string) => {
  groups.set(name, groups.get(name) ?? description);
  return ApiTags(name);
};

export const forms = new Map<string, readonly string[][]>();

/**
 * Documents a DTO that takes exactly one of several forms, each given by the properties that only it has:
 * `@OneFormOf(['delta'], ['onHand', 'expectedOnHand'])`. The DTO's own rules enforce it.
 */
export const OneFormOf = (...properties: string[][]): ClassDecorator => {
  return ({ name }) => void forms.set(name, properties);
};
