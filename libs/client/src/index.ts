// Owns: how an app calls Holdfast. Exposes: createClient, newKey, isProblem, Problem, Unreachable, the schemas' types.
// Promises: an intent has one effect however often its request is sent; runs wherever `fetch` does.
export { createClient, type Client, type ClientOptions } from './client';
export { newKey } from './sending';
export { isProblem, Problem, Unreachable, type ProblemBody, type ProblemCode } from './problem';
export type { Tokens, TokenStorage } from './session';
export type { Answer, CallOptions, Input, OperationId, PagedOperation, Schemas } from './types';
