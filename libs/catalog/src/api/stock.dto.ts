import { ApiProperty } from '@nestjs/swagger';
import { MAX_QUANTITY } from '@holdfast/shared-kernel';
import { IsText, OneFormOf } from '@holdfast/http';
import {
  IsInt,
  Max,
  Min,
  NotEquals,
  Validate,
  ValidateIf,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import type { AdjustStock } from '../application/catalogue.service';
import type { StockMovementView } from '../application/product.queries';
import { MOVEMENT_KINDS, type MovementKind } from '../domain/stock-movement';

@ValidatorConstraint({ name: 'eitherDeltaOrOnHand' })
class EitherDeltaOrOnHand implements ValidatorConstraintInterface {
  validate(delta: unknown, { object }: ValidationArguments): boolean {
    const { onHand, expectedOnHand } = object as AdjustStockDto;
    return delta === undefined || (onHand === undefined && expectedOnHand === undefined);
  }

  defaultMessage(): string {
    return 'give either delta, or onHand with expectedOnHand';
  }
}

/** Either `delta`, or `onHand` with the `expectedOnHand` that it replaces. */
@OneFormOf(['delta'], ['onHand', 'expectedOnHand'])
export class AdjustStockDto implements AdjustStock {
  /** Units to add; negative to take away. @example -3 */
  @ValidateIf(
    ({ delta, onHand, expectedOnHand }: AdjustStockDto) =>
      delta !== undefined || (onHand === undefined && expectedOnHand === undefined),
  )
  @IsInt()
  @Min(-MAX_QUANTITY)
  @Max(MAX_QUANTITY)
  @NotEquals(0)
  @Validate(EitherDeltaOrOnHand)
  @ApiProperty({ type: 'integer', required: false, example: -3 })
  delta?: number;

  /** The counted units. */
  @ValidateIf(({ onHand, expectedOnHand }: AdjustStockDto) => onHand !== undefined || expectedOnHand !== undefined)
  @IsInt()
  @Min(0)
  @Max(MAX_QUANTITY)
  @ApiProperty({ type: 'integer', minimum: 0, required: false })
  onHand?: number;

  /** The units on hand that you saw. If they have changed since, the answer is `stock-changed`. */
  @ValidateIf(({ onHand, expectedOnHand }: AdjustStockDto) => onHand !== undefined || expectedOnHand !== undefined)
  @IsInt()
  @Min(0)
  @Max(MAX_QUANTITY)
  @ApiProperty({ type: 'integer', minimum: 0, required: false })
  expectedOnHand?: number;

  /** The reason, for the ledger. @example "three broken in the warehouse" */
  @IsText(1, 255)
  reason!: string;
}

export class StockMovementDto implements StockMovementView {
  /** Null when stock already was as given, and nothing was written. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  id!: string | null;
  @ApiProperty({ format: 'uuid' })
  productId!: string;
  @ApiProperty({ enum: MOVEMENT_KINDS, example: 'adjustment' })
  kind!: MovementKind;
  /** @example -3 */
  @ApiProperty({ type: 'integer', example: -3 })
  delta!: number;
  /** Units on hand after this movement. @example 37 */
  @ApiProperty({ type: 'integer', example: 37 })
  balanceAfter!: number;
  /** The reason of an admin, or of a feed's correction; null for orders. */
  @ApiProperty({ type: 'string', nullable: true, example: 'three broken in the warehouse' })
  reason!: string | null;
  /** The customer, admin or API key that caused the movement. */
  @ApiProperty({ format: 'uuid' })
  actorId!: string;
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  orderId!: string | null;
  /** The feed of another system whose count this movement applies. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  feedId!: string | null;
  @ApiProperty({ format: 'date-time' })
  at!: string;
}

export class StockMovementListDto {
  items!: StockMovementDto[];
  /** The `cursor` of the next page; null on the last page. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}
