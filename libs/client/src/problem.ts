import type { Schemas } from './types';

/** A problem of RFC 9457 as the shop sends it, by its code. */
export type ProblemBody = Schemas['Problem'];
export type ProblemCode = ProblemBody['code'];

/** The shop answered, and refused. */
export class Problem<Body extends ProblemBody = ProblemBody> extends Error {
  override readonly name = 'Problem';
  readonly code: Body['code'];
  readonly status: number;
  /** Quote it when you ask for help. */
  readonly requestId: string;

  /** `retryAfter` is in seconds, as the shop asked. */
  constructor(
    readonly body: Body,
    readonly retryAfter?: number,
  ) {
    super(`${body.status} ${body.code}: ${body.detail}`);
    this.code = body.code;
    this.status = body.status;
    this.requestId = body.requestId;
  }

  /** What is wrong with single fields, by JSON pointer; empty for other problems. */
  get errors(): { pointer: string; code: string; detail: string }[] {
    return 'errors' in this.body ? this.body.errors : [];
  }

  /** Narrows `body` to what a problem of this code carries. */
  is<Code extends ProblemCode>(code: Code): this is Problem<Extract<ProblemBody, { code: Code }>> {
    return this.code === code;
  }
}

/** Whether the shop refused. Unlike `instanceof`, it knows every code that `body` may have. */
export const isProblem = (error: unknown): error is Problem => error instanceof Problem;

/** No answer of the shop came. Whether the request had its effect is not known; its `key`, sent again, finds out. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';

  constructor(
    readonly operation: string,
    readonly key: string | undefined,
    cause: unknown,
  ) {
    super(`${operation}: no answer`, { cause });
  }
}
