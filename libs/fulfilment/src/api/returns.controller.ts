import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { type CurrentCustomer, LoggedIn } from '@holdfast/identity';
import { AdminOnly, ApiGroup, ApiProblems, BodyLimit, EXAMPLE_ID, Idempotent, IdParam, pounds } from '@holdfast/http';
import { RefundTooLarge } from '@holdfast/ordering';
import { InvalidCursor } from '@holdfast/platform';
import { CurrenciesMixed } from '@holdfast/shared-kernel';
import { FulfilmentQueries } from '../application/fulfilment.queries';
import { GoodsReturns } from '../application/goods-returns.service';
import { ReturnExceedsRequest, ReturnNotFound, ReturnNotOpen } from '../domain/fulfilment.errors';
import { ReceiveReturnDto, RejectReturnDto, ReturnDto, ReturnFilterDto, ReturnListDto } from './fulfilment.dto';

@ApiGroup('Returns', 'Receive what customers send back, or reject it.')
@Controller('v1/returns')
@BodyLimit(32_768)
@AdminOnly()
export class ReturnsController {
  constructor(
    private readonly goodsReturns: GoodsReturns,
    private readonly fulfilments: FulfilmentQueries,
  ) {}

  /** List returns, oldest first */
  @Get()
  @ApiProblems(new InvalidCursor())
  listReturns(@Query() filter: ReturnFilterDto, @LoggedIn() admin: CurrentCustomer): Promise<ReturnListDto> {
    return this.fulfilments.returns(filter, admin);
  }

  /**
   * Receive a return
   * @remarks Restocks the good units, writes the others off, and refunds their price, or `refund`, in one transaction.
   * Units that were refunded after they left count first. Units that are missing may be asked for again.
   */
  @Post(':id/receive')
  @HttpCode(200)
  @Idempotent('returns.receive')
  @ApiProblems(
    new ReturnNotFound(),
    new ReturnNotOpen('rejected'),
    new ReturnExceedsRequest(EXAMPLE_ID, 1, 2),
    new RefundTooLarge(pounds('60.00'), pounds('50.00')),
    new CurrenciesMixed('GBP', 'EUR'),
  )
  receiveReturn(
    @Param('id', IdParam) id: string,
    @Body() body: ReceiveReturnDto,
    @LoggedIn() admin: CurrentCustomer,
  ): Promise<ReturnDto> {
    return this.goodsReturns.receive(id, body, admin.id);
  }

  /**
   * Reject a return
   * @remarks The customer reads the reason, and may ask again.
   */
  @Post(':id/reject')
  @HttpCode(200)
  @Idempotent('returns.reject')
  @ApiProblems(new ReturnNotFound(), new ReturnNotOpen('received'))
  rejectReturn(@Param('id', IdParam) id: string, @Body() body: RejectReturnDto): Promise<ReturnDto> {
    return this.goodsReturns.reject(id, body.reason);
  }
}
