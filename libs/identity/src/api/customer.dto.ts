import { ApiProperty } from '@nestjs/swagger';
import { Optional, PageDto } from '@holdfast/http';
import {
  IsBoolean,
  IsIn,
  IsString,
  MaxLength,
  MinLength,
  Validate,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import type { ChangeAccount, GovernCustomer, RegisterCustomer } from '../application/accounts.service';
import type { CustomerFilter, CustomerView } from '../application/customer.queries';
import { type Role, ROLES } from '../domain/customer';

@ValidatorConstraint({ name: 'matchesPassword' })
class MatchesPassword implements ValidatorConstraintInterface {
  validate(confirmation: unknown, { object }: ValidationArguments): boolean {
    return confirmation === (object as RegisterCustomer).password;
  }

  defaultMessage(): string {
    return 'passwordConfirmation must equal password';
  }
}

export class RegisterCustomerDto implements RegisterCustomer {
  /** Unique in any casing; letters, digits and `. _ + -`. @example "ann" */
  @IsString()
  @MinLength(2)
  @MaxLength(64)
  username!: string;

  /** @example "ann@example.com" */
  @IsString()
  @MaxLength(254)
  @ApiProperty({ format: 'email' })
  email!: string;

  /**
   * Not digits only, not a common password, not nearly the username or e-mail address.
   * @example "correct horse battery"
   */
  @IsString()
  @MinLength(8)
  @MaxLength(256)
  password!: string;

  /** Must equal the password when given. @example "correct horse battery" */
  @Optional()
  @Validate(MatchesPassword)
  passwordConfirmation?: string;
}

/** Properties that are left out stay as they are. Each change needs `currentPassword`. */
export class ChangeAccountDto implements ChangeAccount {
  /** @example "ann" */
  @Optional()
  @IsString()
  @MinLength(2)
  @MaxLength(64)
  username?: string;

  /** Pending until it is verified. The present address ends a pending change. @example "ann@example.com" */
  @Optional()
  @IsString()
  @MaxLength(254)
  @ApiProperty({ format: 'email' })
  email?: string;

  /** Ends every other session. @example "tr0ub4dor and three" */
  @Optional()
  @IsString()
  @MinLength(8)
  @MaxLength(256)
  password?: string;

  /** Needed to change anything. @example "correct horse battery" */
  @Optional()
  @IsString()
  @MaxLength(256)
  currentPassword?: string;
}

export class DeleteAccountDto {
  /** Your current password. @example "correct horse battery" */
  @IsString()
  @MaxLength(256)
  password!: string;
}

/** Properties that are left out stay as they are. */
export class GovernCustomerDto implements GovernCustomer {
  /** False ends every session of the customer at once. */
  @Optional()
  @IsBoolean()
  active?: boolean;

  @Optional()
  @IsIn(ROLES)
  @ApiProperty({ enum: ROLES })
  role?: Role;
}

export class CustomerDto implements CustomerView {
  @ApiProperty({ format: 'uuid', example: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44' })
  id!: string;
  /** @example "ann" */
  username!: string;
  /** @example "ann@example.com" */
  email!: string;
  /** Whether a mail to `email` was answered. Until then it gets only confirmations and password resets. */
  emailVerified!: boolean;
  /** The address that replaces `email` once it is verified. @example null */
  @ApiProperty({ type: 'string', format: 'email', nullable: true })
  pendingEmail!: string | null;
  @ApiProperty({ enum: ROLES })
  role!: Role;
  active!: boolean;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
  /** Rises with each change; the ETag is this number in quotes. */
  @ApiProperty({ type: 'integer', example: 1 })
  version!: number;
}

export class CustomerListDto {
  items!: CustomerDto[];
  /** Pass it as `cursor` to get the next page; null on the last page. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

export class CustomerFilterDto extends PageDto implements CustomerFilter {
  /** A part of the username or the e-mail address, in any case. @example "ann" */
  @Optional()
  @IsString()
  @MaxLength(254)
  q?: string;
}
