import type { components, operations } from './schema';

export type Schemas = components['schemas'];
export type OperationId = keyof operations;

type Parameters<Id extends OperationId> = operations[Id]['parameters'];
/** An optional part of a request; `unknown`, which adds nothing to an intersection, where the operation has none. */
type Given<Part> = [NonNullable<Part>] extends [never] ? unknown : NonNullable<Part>;
type Content<Part> = Part extends { content: infer Types } ? Types[keyof Types] : undefined;
type RequestBody<Id extends OperationId> = operations[Id]['requestBody'];
type InBody<Id extends OperationId> = [NonNullable<RequestBody<Id>>] extends [never]
  ? unknown
  : undefined extends RequestBody<Id>
    ? { body?: Content<NonNullable<RequestBody<Id>>> }
    : { body: Content<RequestBody<Id>> };

/** What an operation is called with: the parameters of its path and query by name, and its `body`. */
export type Input<Id extends OperationId> = Given<Parameters<Id>['path']> & Given<Parameters<Id>['query']> & InBody<Id>;

type Responses<Id extends OperationId> = operations[Id]['responses'];

/** The body of an operation's answer; undefined where it has none. */
export type Answer<Id extends OperationId> = Content<Responses<Id>[keyof Responses<Id>]>;

/** The lists that come in pages, of which there is a last one; the changes of products have none. */
export type PagedOperation = {
  [Id in OperationId]: Answer<Id> extends { items: unknown[]; nextCursor: infer Cursor }
    ? null extends Cursor
      ? Id
      : never
    : never;
}[OperationId];

/** An item of such a list. */
export type Item<Id extends OperationId> = Answer<Id> extends { items: (infer Each)[] } ? Each : never;

export interface CallOptions {
  /** The Idempotency-Key of this intent, where the operation takes one. Made by the client when it is left out. */
  key?: string;
  /** Refuses the change with `precondition-failed` unless the object still has this ETag. */
  ifMatch?: string;
  signal?: AbortSignal;
}

/** How an operation is sent. */
export interface Sending {
  method: string;
  /** With names in braces. */
  path: string;
  /** The media type of the request's body. */
  type?: string;
  /** Whether it takes an Idempotency-Key. */
  isKeyed?: true;
}
