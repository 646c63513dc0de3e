import type { FieldError } from '@holdfast/platform';
import type { Problem } from '@holdfast/platform/problems';

export class FieldErrorDto implements FieldError {
  /** JSON pointer into the body, or the name of the query parameter. @example "/items/0/quantity" */
  pointer!: string;
  /** @example "is-int" */
  code!: string;
  /** @example "quantity must be an integer number" */
  detail!: string;
}

/** An error, as RFC 9457 has it. Switch on `code`: each code is a schema of its own, with its own members. */
export class ProblemDto implements Problem {
  [member: string]: unknown;
  /** A path that answers with a description of the problem. */
  type!: string;
  /** The name of the problem, for people. */
  title!: string;
  /** The HTTP status. */
  status!: number;
  /** This occurrence of the problem, for people. */
  detail!: string;
  /** @example "/requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44" */
  instance!: string;
  /** The stable name of the problem, for programs. */
  code!: string;
  /** The `X-Request-Id` of the answer. Quote it when you ask for help. */
  requestId!: string;
  errors?: FieldErrorDto[];
}
