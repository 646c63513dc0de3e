import { ApiProperty } from '@nestjs/swagger';
import { IsId, Optional, QueryBoolean } from '@holdfast/http';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsString, Matches, MaxLength } from 'class-validator';
import type { ImportOptions, RowError, RowResult } from '../application/product-import.service';

export class ImportOptionsDto implements ImportOptions {
  /** Columns of the file and the columns that they stand for, `theirs:ours`; `theirs:` leaves a column out. */
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? [value] : value))
  @Optional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  @MaxLength(300, { each: true })
  @ApiProperty({ type: [String], required: false })
  map?: string[];

  /** Creates the categories of paths that do not exist. */
  @QueryBoolean()
  createCategories?: boolean;

  /** The currency of prices without one; without it the shop's, if all products share one. */
  @Optional()
  @Matches(/^[A-Z]{3}$/, { message: 'currency must be an ISO 4217 code such as GBP' })
  @ApiProperty({ required: false, pattern: '^[A-Z]{3}$' })
  currency?: string;
}

const RESULTS = ['created', 'changed', 'unchanged', 'refused'] as const;

export class RowErrorDto implements RowError {
  /** Null when it is about all of the row. @example "price" */
  @ApiProperty({ type: 'string', nullable: true, example: 'price' })
  column!: string | null;
  /** @example "matches" */
  code!: string;
  /** @example "amount must be a decimal string such as \"12.50\", from 0 to 9999999999.99" */
  detail!: string;
}

export class RowResultDto implements RowResult {
  /** As a spreadsheet counts them: the header is row 1. @example 2 */
  @ApiProperty({ type: 'integer', example: 2 })
  row!: number;
  /** @example "85123A" */
  sku!: string;
  @ApiProperty({ enum: RESULTS })
  result!: RowResult['result'];
  /** Left out where the row is refused. */
  @IsId()
  @ApiProperty({ required: false })
  productId?: string;
  /** Only where the row is refused: all that is wrong with it. */
  @ApiProperty({ type: [RowErrorDto], required: false })
  errors?: RowErrorDto[];
}

export class ImportSummaryDto {
  @ApiProperty({ type: 'integer', example: 1 })
  created = 0;
  @ApiProperty({ type: 'integer', example: 0 })
  changed = 0;
  @ApiProperty({ type: 'integer', example: 0 })
  unchanged = 0;
  @ApiProperty({ type: 'integer', example: 0 })
  refused = 0;

  count(results: RowResult[]): void {
    for (const { result } of results) this[result]++;
  }
}

export class ImportDto extends ImportSummaryDto {
  /** One for each row, in their order. */
  rows: RowResultDto[] = [];
}
