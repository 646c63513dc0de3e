export type DomainErrorKind =
  | 'malformed'
  | 'invalid'
  | 'not-found'
  | 'conflict'
  | 'forbidden'
  | 'stale'
  | 'unauthenticated'
  | 'throttled'
  | 'unavailable';

/**
 * A refusal by a business rule. `code` is the stable name that a client switches on (the problem's `code`). `kind`
 * decides the status: 400, 422, 404, 409, 403, 412, 401, 429, 503 in the order of {@link DomainErrorKind}. `details`
 * carries the numbers and becomes members of the problem; `retryAfter`, in seconds, becomes the header as well.
 */
export abstract class DomainError extends Error {
  protected constructor(
    readonly code: string,
    readonly kind: DomainErrorKind,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = new.target.name;
  }
}
