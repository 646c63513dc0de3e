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

  /** The event log, newest first; `status=dead` are the dead letters. */
  @Get()
  @AdminOnly()
  @ApiProblems(new InvalidCursor())
  listOutboxEvents(@Query() filter: OutboxFilterDto): Promise<OutboxEventListDto> {
    return this.outbox.list(filter);
  }

  /** Try a dead event again, under its own id. */
  @Post(':id/retry')
  @AdminOnly()
  @HttpCode(200)
  @ApiProblems(new EventNotFound(), new EventNotDead('sent'))
  retryOutboxEvent(@Param('id', IdParam) id: string): Promise<OutboxEventDto> {
    return this.outbox.retry(id);
  }

  /** Give a dead event up, so that the later events of its aggregate go on. */
  @Delete(':id')
  @AdminOnly()
  @HttpCode(204)
  @ApiProblems(new EventNotFound(), new EventNotDead('sent'))
  discardOutboxEvent(@Param('id', IdParam) id: string): Promise<void> {
    return this.outbox.discard(id);
  }
}
