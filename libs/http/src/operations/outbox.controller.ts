import { Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { AdminOnly } from '../openapi/access';
import { IdParam } from '../fields/fields.dto';
import { ApiGroup, ApiProblems } from '../openapi/openapi';
import { InvalidCursor } from '@holdfast/platform';
import { EventNotDead, EventNotFound, OutboxQueries } from '@holdfast/platform/relay';
import { OutboxEventDto, OutboxEventListDto, OutboxFilterDto } from './outbox.dto';

@ApiGroup('Operations')
@Controller('v1/admin/outbox')
export class OutboxController {
  constructor(private readonly outbox: OutboxQueries) {}

  /**
   * List events of the outbox
   * @remarks Newest first. `status=dead` lists the dead letters: events that failed at every retry.
   */
  @Get()
  @AdminOnly()
  @ApiProblems(new InvalidCursor())
  listOutboxEvents(@Query() filter: OutboxFilterDto): Promise<OutboxEventListDto> {
    return this.outbox.list(filter);
  }

  /**
   * Retry a dead event
   * @remarks The event keeps its id, so effects that it had already are not repeated.
   */
  @Post(':id/retry')
  @AdminOnly()
  @HttpCode(200)
  @ApiProblems(new EventNotFound(), new EventNotDead('sent'))
  retryOutboxEvent(@Param('id', IdParam) id: string): Promise<OutboxEventDto> {
    return this.outbox.retry(id);
  }

  /**
   * Discard a dead event
   * @remarks Later events of the same aggregate, which wait for it, are then handled.
   */
  @Delete(':id')
  @AdminOnly()
  @HttpCode(204)
  @ApiProblems(new EventNotFound(), new EventNotDead('sent'))
  discardOutboxEvent(@Param('id', IdParam) id: string): Promise<void> {
    return this.outbox.discard(id);
  }
}
