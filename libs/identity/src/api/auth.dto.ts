import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import type { LogIn } from '../application/sessions.service';
import type { Jwk, JwkSet, TokenPair } from '../application/tokens';

export class LogInDto implements LogIn {
  /** The username or the e-mail address, in any casing. @example "ann" */
  @IsString()
  @MaxLength(254)
  username!: string;

  /** @example "correct horse battery" */
  @IsString()
  @MaxLength(256)
  password!: string;
}

export class RefreshTokenDto {
  /** As the last log-in or refresh gave it. */
  @IsString()
  @MaxLength(4_096)
  refreshToken!: string;
}

export class TokenPairDto implements TokenPair {
  /** A JWT: send it as `Authorization: Bearer …`. */
  accessToken!: string;
  /** Exchanges once for a new pair; keep it safe, and keep the one of the newest pair only. */
  refreshToken!: string;
  /** @example "Bearer" */
  tokenType!: 'Bearer';
  /** Seconds that the access token lives. @example 1200 */
  @ApiProperty({ type: 'integer', example: 1200 })
  expiresIn!: number;
}

export class JwkDto implements Jwk {
  /** @example "EC" */
  kty!: 'EC';
  /** @example "P-256" */
  crv!: 'P-256';
  /** @example "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU" */
  x!: string;
  /** @example "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" */
  y!: string;
  /** The `kid` of the tokens that it checks: its RFC 7638 thumbprint. @example "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U" */
  kid!: string;
  /** @example "sig" */
  use!: 'sig';
  /** @example "ES256" */
  alg!: 'ES256';
}

export class JwkSetDto implements JwkSet {
  /** The one that signs new tokens comes first. */
  keys!: JwkDto[];
}
