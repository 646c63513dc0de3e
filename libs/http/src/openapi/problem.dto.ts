import { ApiProperty } from '@nestjs/swagger';
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

/** Every error, RFC 9457. Switch on `code`. */
export class ProblemDto implements Problem {
  [member: string]: unknown;
  /** Answers with a description of the problem. @example "/problems/insufficient-stock" */
  type!: string;
  /** Fixed per type. @example "Insufficient stock" */
  title!: string;
  /** Equals the HTTP status. @example 409 */
  @ApiProperty({ type: 'integer' })
  status!: number;
  /** This occurrence, for a person. */
  detail!: string;
  /** @example "/requests/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44" */
  instance!: string;
  /** Stable: the name to switch on. @example "insufficient-stock" */
  code!: string;
  /** The `X-Request-Id` of the answer; quote it when you ask for help. */
  requestId!: string;
  /** Only with `validation-failed`. */
  errors?: FieldErrorDto[];
}
