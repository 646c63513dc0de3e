import { ApiProperty } from '@nestjs/swagger';
import { IsText, Optional, SCOPES } from '@holdfast/http';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsIn, IsISO8601, IsRFC3339, IsString, MaxLength } from 'class-validator';
import type { ApiKeyView, IssueApiKey, IssuedApiKey } from '../application/api-keys.service';
import type { LogIn, SessionView } from '../application/sessions.service';
import type { Jwk, JwkSet } from '../application/signing-keys';
import type { TokenPair } from '../application/tokens';

export class LogInDto implements LogIn {
  /** The username or the e-mail address, in any casing. @example "ann" */
  @IsString()
  @MaxLength(254)
  username!: string;

  /** @example "correct horse battery" */
  @IsString()
  @MaxLength(256)
  password!: string;

  /** A name of the device, shown in the list of sessions. @example "Ann's phone" */
  @Optional()
  @IsText(1, 100)
  device?: string;
}

export class SessionDto implements SessionView {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** The name given at the log-in. @example "Ann's phone" */
  @ApiProperty({ type: 'string', nullable: true })
  device!: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  /** The last log-in or refresh. */
  @ApiProperty({ format: 'date-time' })
  lastUsedAt!: string;
  /** True for the session that the request comes from. */
  current!: boolean;
}

export class RefreshTokenDto {
  /** The refresh token of the last log-in or refresh. After a timeout, send the same one again. */
  @IsString()
  @MaxLength(4_096)
  refreshToken!: string;
}

export class TokenPairDto implements TokenPair {
  /** A JWT: send it as `Authorization: Bearer …`. */
  accessToken!: string;
  /** Exchanges for a new pair, and is replaced by the one in it. Store it safely, and only the newest. */
  refreshToken!: string;
  /** @example "Bearer" */
  tokenType!: 'Bearer';
  /** Lifetime of the access token in seconds. @example 1200 */
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
  /**
   * The `kid` of the tokens that the key checks: its RFC 7638 thumbprint.
   * @example "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"
   */
  kid!: string;
  /** @example "sig" */
  use!: 'sig';
  /** @example "ES256" */
  alg!: 'ES256';
}

export class JwkSetDto implements JwkSet {
  /** The key that signs new tokens comes first. */
  keys!: JwkDto[];
}

export class IssueApiKeyDto implements IssueApiKey {
  /** @example "Warehouse scanner" */
  @IsText(1, 100)
  name!: string;

  /** Names the routes that the key opens. @example ["stock:write"] */
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(50)
  @IsIn(SCOPES, { each: true })
  @ApiProperty({ type: 'array', maxItems: 50, items: { type: 'string', enum: SCOPES } })
  scopes!: string[];

  /** The key is refused from then on; without it, the key does not expire. @example "2036-01-01T00:00:00Z" */
  @Optional()
  @IsRFC3339()
  @IsISO8601({ strict: true, strictSeparator: true })
  @ApiProperty({ format: 'date-time' })
  expiresAt?: string;
}

export class ApiKeyDto implements ApiKeyView {
  @ApiProperty({ format: 'uuid', example: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44' })
  id!: string;
  /** The beginning of the key. @example "hf_01930a2e7c4f7d319a523c5b7e0f1a44" */
  prefix!: string;
  /** @example "Warehouse scanner" */
  name!: string;
  @ApiProperty({ type: 'array', items: { type: 'string', enum: SCOPES }, example: ['stock:write'] })
  scopes!: string[];
  /** The admin who created the key. The key outlives the admin's account: revoke it when it should not. */
  @ApiProperty({ format: 'uuid' })
  createdBy!: string;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  expiresAt!: string | null;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  revokedAt!: string | null;
  /** Rounded down to about a minute. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  lastUsedAt!: string | null;
}

export class IssuedApiKeyDto extends ApiKeyDto implements IssuedApiKey {
  /**
   * Send it as `Authorization: Bearer hf_…`. It is shown in this answer only.
   * @example "hf_01930a2e7c4f7d319a523c5b7e0f1a44_Zm9yIGV4YW1wbGUgb25seSwgbm90IGEgcmVhbCBrZXk"
   */
  key!: string;
}

export class ApiKeyListDto {
  items!: ApiKeyDto[];
  /** Pass it as `cursor` to get the next page; null on the last page. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}
