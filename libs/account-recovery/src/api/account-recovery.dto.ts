import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength, MinLength } from 'class-validator';

export class RequestPasswordResetDto {
  /** The address of the account, in any casing. @example "ann@example.com" */
  @IsString()
  @MaxLength(254)
  @ApiProperty({ format: 'email' })
  email!: string;
}

export class OneTimeTokenDto {
  /** The token from the mail. @example "01930a2e7c4f7d319a523c5b7e0f1a44Zm9yIGV4YW1wbGUgb25seSwgbm90IGEgcmVhbCB0b2" */
  @IsString()
  @MaxLength(256)
  token!: string;
}

export class ConfirmPasswordResetDto extends OneTimeTokenDto {
  /** The new password. Not digits only, not a common one, not nearly the username. @example "tr0ub4dor and three" */
  @IsString()
  @MinLength(8)
  @MaxLength(256)
  password!: string;
}
