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
import type { ChangeAccount, GovernCustomer } from '../application/accounts.service';
import type { CustomerFilter, CustomerView } from '../application/customer.queries';
import type { RegisterCustomer } from '../application/registration.service';
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
  /** Yours alone, in any casing. Letters, digits and `. _ + -`. @example "ann" */
  @IsString()
  @MinLength(2)
  @MaxLength(64)
  username!: string;

  /** @example "ann@example.com" */
  @IsString()
  @MaxLength(254)
  @ApiProperty({ format: 'email' })
  email!: string;

  /** Not digits only, not a common one, not nearly the username or e-mail address. @example "correct horse battery" */
  @IsString()
  @MinLength(8)
  @MaxLength(256)
  password!: string;

  /** If given, must equal the password. @example "correct horse battery" */
  @Optional()
  @Validate(MatchesPassword)
  passwordConfirmation?: string;
}

/** Every property may be left out, and then stays as it is. */
export class ChangeAccountDto implements ChangeAccount {
  /** @example "ann" */
  @Optional()
  @IsString()
  @MinLength(2)
  @MaxLength(64)
  username?: string;

  /** @example "ann@example.com" */
  @Optional()
  @IsString()
  @MaxLength(254)
  @ApiProperty({ format: 'email' })
  email?: string;

  /** Needs `currentPassword`, and ends every other session. @example "tr0ub4dor and three" */
  @Optional()
  @IsString()
  @MinLength(8)
  @MaxLength(256)
  password?: string;

  /** @example "correct horse battery" */
  @Optional()
  @IsString()
  @MaxLength(256)
  currentPassword?: string;
}

/** Every property may be left out, and then stays as it is. */
export class GovernCustomerDto implements GovernCustomer {
  /** False logs the customer out everywhere, at once. */
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
  @ApiProperty({ enum: ROLES })
  role!: Role;
  active!: boolean;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
  /** Counts the changes; the ETag is this number in quotes. */
  @ApiProperty({ type: 'integer', example: 1 })
  version!: number;
}

export class CustomerListDto {
  items!: CustomerDto[];
  /** Give it as `cursor` for the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

export class CustomerFilterDto extends PageDto implements CustomerFilter {
  /** Part of the username or the e-mail address, in any case. @example "ann" */
  @Optional()
  @IsString()
  @MaxLength(254)
  q?: string;
}
