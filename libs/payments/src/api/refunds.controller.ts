import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { AdminOnly, ApiGroup, ApiProblems, IdParam, IsId, MoneyDto, Optional, PageDto } from '@holdfast/http';
import { InvalidCursor } from '@holdfast/platform';
import { IsIn } from 'class-validator';
import { PaymentRefunds, type RefundView } from '../application/payment-refunds.service';
import { RefundNotFailed, RefundNotFound } from '../domain/payments.errors';
import { REFUND_STATUSES, type RefundStatus } from '../domain/refund';

export class RefundDto implements RefundView {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  orderId!: string;
  /** @example "stripe" */
  provider!: string;
  /** `pending` is at work at the provider; only `succeeded` has sent the money. */
  @ApiProperty({ enum: REFUND_STATUSES, example: 'succeeded' })
  status!: RefundStatus;
  amount!: MoneyDto;
  /** The provider's own id of the refund; null until the provider has given it. */
  @ApiProperty({ type: 'string', nullable: true, example: 're_3Nskqz' })
  reference!: string | null;
  /** Why the refund failed. */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  failure!: string | null;
  /** Begun at the provider, by its dashboard for example. */
  atProvider!: boolean;
  @ApiProperty({ format: 'date-time' })
  requestedAt!: string;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  sentAt!: string | null;
}

export class RefundListDto {
  items!: RefundDto[];
  /** Pass it as `cursor` to get the next page; null on the last page. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

export class RefundFilterDto extends PageDto {
  @Optional()
  @IsIn(REFUND_STATUSES)
  @ApiProperty({ enum: REFUND_STATUSES, required: false })
  status?: RefundStatus;

  @Optional()
  @IsId()
  @ApiProperty({ format: 'uuid', required: false })
  orderId?: string;
}

@ApiGroup('Refunds', 'Refunds at payment providers, for admins.')
@Controller('v1/admin/refunds')
export class RefundsController {
  constructor(private readonly refunds: PaymentRefunds) {}

  /**
   * List refunds
   *
   * Newest first, those that were begun at the provider included. `status=failed` are those that need an admin.
   */
  @Get()
  @AdminOnly()
  @ApiProblems(new InvalidCursor())
  listRefunds(@Query() filter: RefundFilterDto): Promise<RefundListDto> {
    return this.refunds.list(filter);
  }

  /**
   * Retry a failed refund
   *
   * Requests the refund once more, as a new refund at the provider. Its outcome follows in the list.
   */
  @Post(':id/retry')
  @AdminOnly()
  @HttpCode(200)
  @ApiProblems(new RefundNotFound(), new RefundNotFailed('succeeded'))
  async retryRefund(@Param('id', IdParam) id: string): Promise<RefundDto> {
    await this.refunds.retry(id);
    return this.refunds.get(id);
  }
}
