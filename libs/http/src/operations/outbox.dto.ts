import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { Optional, PageDto } from '../fields/fields.dto';
import { EVENT_STATUSES, type EventStatus, type OutboxEventView } from '@holdfast/platform/relay';

export class OutboxFilterDto extends PageDto {
  @Optional()
  @IsIn(EVENT_STATUSES)
  @ApiProperty({ enum: EVENT_STATUSES, required: false })
  status?: EventStatus;
}

export class OutboxEventDto implements OutboxEventView {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** @example "context.something-happened" */
  type!: string;
  @ApiProperty({ format: 'uuid' })
  aggregateId!: string;
  @ApiProperty({ type: 'object', additionalProperties: true })
  payload!: object;
  /** The request that caused the event. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  requestId!: string | null;
  @ApiProperty({ format: 'date-time' })
  occurredAt!: string;
  @ApiProperty({ enum: EVENT_STATUSES })
  status!: EventStatus;
  @ApiProperty({ type: 'integer', example: 1 })
  attempts!: number;
  /** Null unless the event is pending. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  nextAttemptAt!: string | null;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  sentAt!: string | null;
  /** The error of the last attempt. */
  @ApiProperty({ type: 'string', nullable: true })
  lastError!: string | null;
}

export class OutboxEventListDto {
  items!: OutboxEventDto[];
  /** The `cursor` of the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}
