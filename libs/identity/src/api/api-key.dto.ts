import { ApiProperty } from '@nestjs/swagger';
import { IsText, Optional, SCOPES } from '@holdfast/http';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsIn, IsISO8601, IsRFC3339 } from 'class-validator';
import type { ApiKeyView } from '../application/api-key.queries';
import type { IssueApiKey, IssuedApiKey } from '../application/api-keys.service';

export class IssueApiKeyDto implements IssueApiKey {
  /** @example "Warehouse scanner" */
  @IsText(1, 100)
  name!: string;

  /** What the key opens. @example ["stock:write"] */
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(50)
  @IsIn(SCOPES, { each: true })
  @ApiProperty({ type: 'array', maxItems: 50, items: { type: 'string', enum: SCOPES } })
  scopes!: string[];

  /** From then on it opens nothing; left out, it does not expire. @example "2036-01-01T00:00:00Z" */
  @Optional()
  @IsRFC3339()
  @IsISO8601({ strict: true, strictSeparator: true })
  @ApiProperty({ format: 'date-time' })
  expiresAt?: string;
}

export class ApiKeyDto implements ApiKeyView {
  @ApiProperty({ format: 'uuid', example: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44' })
  id!: string;
  /** What the key begins with. @example "hf_01930a2e7c4f7d319a523c5b7e0f1a44" */
  prefix!: string;
  /** @example "Warehouse scanner" */
  name!: string;
  @ApiProperty({ type: 'array', items: { type: 'string', enum: SCOPES }, example: ['stock:write'] })
  scopes!: string[];
  /** The admin who made it. It works on when he is gone: revoke it if it should not. */
  @ApiProperty({ format: 'uuid' })
  createdBy!: string;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  expiresAt!: string | null;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  revokedAt!: string | null;
  /** To the minute. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  lastUsedAt!: string | null;
}

export class IssuedApiKeyDto extends ApiKeyDto implements IssuedApiKey {
  /**
   * Send it as `Authorization: Bearer hf_…`; shown now and never again.
   * @example "hf_01930a2e7c4f7d319a523c5b7e0f1a44_Zm9yIGV4YW1wbGUgb25seSwgbm90IGEgcmVhbCBrZXk"
   */
  key!: string;
}

export class ApiKeyListDto {
  items!: ApiKeyDto[];
  /** Give it as `cursor` for the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}
