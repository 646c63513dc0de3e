export type DomainErrorKind =
  'invalid' | 'not-found' | 'conflict' | 'forbidden' | 'stale' | 'unauthenticated' | 'unavailable';

/**
 * A refusal by a business rule. `code` is the stable name a client switches on (the problem's `code`),
 * `kind` decides the status (422, 404, 409, 403, 412, 401, 503), `details` carries the numbers and becomes members of the problem.
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
