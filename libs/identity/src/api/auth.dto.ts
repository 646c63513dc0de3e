import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import type { LogIn } from '../application/sessions.service';
import type { TokenPair } from '../application/tokens';

export class LogInDto implements LogIn {
  /** The username or the e-mail address, in any casing. @example "ann" */
  @IsString()
  @MaxLength(254)
  username: string;

  /** @example "correct horse battery" */
  @IsString()
  @MaxLength(256)
  password: string;
}

export class RefreshTokenDto {
  /** As the last log-in or refresh gave it. */
  @IsString()
  @MaxLength(4_096)
  refreshToken: string;
}

export class TokenPairDto implements TokenPair {
  /** A JWT: send it as `Authorization: Bearer …`. */
  accessToken: string;
  /** Exchanges once for a new pair; keep it safe, and keep the one of the newest pair only. */
  refreshToken: string;
  /** @example "Bearer" */
  tokenType: 'Bearer';
  /** Seconds that the access token lives. @example 1200 */
  @ApiProperty({ type: 'integer', example: 1200 })
  expiresIn: number;
}
