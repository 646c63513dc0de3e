import { ApiProperty } from '@nestjs/swagger';
import { IsQuantity, IsText, Optional } from '@holdfast/http';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsISO8601, IsRFC3339, ValidateNested } from 'class-validator';
import type { Feed, FeedResult, FeedRow } from '../application/inventory-feeds.service';
import type { DriftView, FeedView } from '../application/inventory.queries';
import { COUNT_RESULTS, type CountResult } from '../domain/count';

/** The most items of a feed. */
export const MOST_ITEMS = 10_000;

export class CountDto {
  /** In any case. @example "85123A" */
  @IsText(1, 255)
  sku!: string;
  /** The counted units. Units in carts and in unshipped orders are not left out of your count by us. @example 40 */
  @IsQuantity(0, { example: 40 })
  onHand!: number;
}

export class SendFeedDto implements Feed {
  /** The system that counts. @example "erp" */
  @IsText(1, 64)
  source!: string;

  /** Every movement until this moment is in the numbers, none after it is. @example "2026-11-28T06:00:00.000Z" */
  @IsRFC3339()
  @IsISO8601({ strict: true, strictSeparator: true })
  @ApiProperty({ format: 'date-time', example: '2026-11-28T06:00:00.000Z' })
  takenAt!: string;

  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_ITEMS)
  @ValidateNested({ each: true })
  @Type(() => CountDto)
  @ApiProperty({ type: [CountDto], minItems: 1, maxItems: MOST_ITEMS })
  items!: CountDto[];
}

export class CountRowDto implements FeedRow {
  /** @example "85123A" */
  sku!: string;
  @ApiProperty({ enum: COUNT_RESULTS, example: 'applied' })
  result!: CountResult;
  /** Units on hand before. @example 43 */
  @ApiProperty({ type: 'integer', required: false, example: 43 })
  before?: number;
  /** Units on hand now: the count, and what has moved since. @example 39 */
  @ApiProperty({ type: 'integer', required: false, example: 39 })
  after?: number;
  /** With `below-zero`: the units that have left since and are not in the count. */
  @ApiProperty({ type: 'integer', required: false, example: 2 })
  missing?: number;
}

export class FeedResultDto implements FeedResult {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** In the order of the items. */
  @ApiProperty({ type: [CountRowDto] })
  rows!: CountRowDto[];
}

export class DriftFilterDto {
  /** Only the counts of this system. */
  @Optional()
  @IsText(1, 64)
  @ApiProperty({ required: false })
  source?: string;
}

export class DriftDto implements DriftView {
  /** @example "85123A" */
  sku!: string;
  /** @example "erp" */
  source!: string;
  @ApiProperty({ format: 'date-time' })
  takenAt!: string;
  /** The units that the system counted. @example 40 */
  @ApiProperty({ type: 'integer', example: 40 })
  theirs!: number;
  /** The units that we had at that time. @example 43 */
  @ApiProperty({ type: 'integer', example: 43 })
  ours!: number;
}

export class FeedDto implements FeedView {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** @example "erp" */
  source!: string;
  @ApiProperty({ format: 'date-time' })
  takenAt!: string;
  @ApiProperty({ format: 'date-time' })
  receivedAt!: string;
  /** The API key, or the admin, that sent it. */
  @ApiProperty({ format: 'uuid' })
  sentBy!: string;
  /** @example 2 */
  @ApiProperty({ type: 'integer', example: 2 })
  items!: number;
  /** How many items had each result; null for a feed that broke off: send it again. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    nullable: true,
    example: { applied: 1, unchanged: 1 },
  })
  results!: Partial<Record<CountResult, number>> | null;
}

export class FeedListDto {
  @ApiProperty({ type: [FeedDto] })
  items!: FeedDto[];
  /** The `cursor` of the next page; null on the last page. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}
