import { ApiProperty } from '@nestjs/swagger';
import { IsText, Optional, PageDto } from '@holdfast/http';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsString, IsUrl, Matches, MaxLength } from 'class-validator';
import type { DeliveryFilter, DeliveryView, EndpointView } from '../application/webhook.queries';
import type { ChangeEndpoint, EndpointWithSecret, RegisterEndpoint } from '../application/webhook-endpoints.service';
import { DELIVERY_STATUSES, type DeliveryStatus } from '../domain/delivery';

const IsEndpointUrl = () => IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false });
const EVENT_TYPE = /^[a-z][a-z-]{0,40}\.([a-z][a-z-]{0,60}|\*)$/;
const EVENT_TYPE_MESSAGE = 'each of eventTypes must be like ordering.order-placed or ordering.*';

export class RegisterEndpointDto implements RegisterEndpoint {
  /** An https URL at a public address that accepts POST. @example "https://example.com/hooks/holdfast" */
  @IsString()
  @MaxLength(2_048)
  @IsEndpointUrl()
  @ApiProperty({ format: 'uri' })
  url!: string;

  /** Empty text is stored as null. @example "Warehouse" */
  @Optional()
  @IsText(0, 200)
  description?: string;

  /**
   * Types of events, or `<context>.*`; all events when left out or empty.
   * @example ["ordering.order-placed", "payments.*"]
   */
  @Optional()
  @IsArray()
  @ArrayMaxSize(50)
  @Matches(EVENT_TYPE, { each: true, message: EVENT_TYPE_MESSAGE })
  eventTypes?: string[];
}

/** A property that is left out stays as it is. */
export class ChangeEndpointDto implements ChangeEndpoint {
  /** @example "https://example.com/hooks/holdfast" */
  @Optional()
  @IsString()
  @MaxLength(2_048)
  @IsEndpointUrl()
  @ApiProperty({ format: 'uri' })
  url?: string;

  /** Empty text is stored as null. @example "Warehouse" */
  @Optional()
  @IsText(0, 200)
  description?: string;

  /** Types of events, or `<context>.*`; all events when empty. @example ["ordering.order-placed", "payments.*"] */
  @Optional()
  @IsArray()
  @ArrayMaxSize(50)
  @Matches(EVENT_TYPE, { each: true, message: EVENT_TYPE_MESSAGE })
  eventTypes?: string[];

  /** False ends pending deliveries; the endpoint gets no events until it is enabled. */
  @Optional()
  @IsBoolean()
  active?: boolean;
}

export class EndpointDto implements EndpointView {
  @ApiProperty({ format: 'uuid', example: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44' })
  id!: string;
  /** @example "https://example.com/hooks/holdfast" */
  url!: string;
  @ApiProperty({ type: 'string', nullable: true, example: 'Warehouse' })
  description!: string | null;
  /** Empty for all events. @example ["ordering.order-placed", "payments.*"] */
  eventTypes!: string[];
  active!: boolean;
  /** Null while the endpoint is active. */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  disabledBecause!: string | null;
  /** The replaced secret signs until then. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  previousSecretEndsAt!: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
  /** The number of changes, beginning at 1. */
  @ApiProperty({ type: 'integer', example: 1 })
  version!: number;
}

export class EndpointWithSecretDto extends EndpointDto implements EndpointWithSecret {
  /** Verifies signatures of deliveries; shown in this answer only. @example "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" */
  secret!: string;
}

export class EndpointListDto {
  items!: EndpointDto[];
  /** The `cursor` of the next page; null on the last page. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

export class DeliveryFilterDto extends PageDto implements DeliveryFilter {
  @Optional()
  @IsIn(DELIVERY_STATUSES)
  @ApiProperty({ enum: DELIVERY_STATUSES, required: false })
  status?: DeliveryStatus;
}

export class DeliveryDto implements DeliveryView {
  /** The header `webhook-id` of each attempt. */
  @ApiProperty({ format: 'uuid' })
  eventId!: string;
  /** @example "ordering.order-placed" */
  eventType!: string;
  @ApiProperty({ format: 'uuid' })
  aggregateId!: string;
  @ApiProperty({ enum: DELIVERY_STATUSES })
  status!: DeliveryStatus;
  @ApiProperty({ type: 'integer', example: 1 })
  attempts!: number;
  /** Null unless the delivery is pending. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  nextAttemptAt!: string | null;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  sentAt!: string | null;
  /** The status of the subscriber's last answer. */
  @ApiProperty({ type: 'integer', nullable: true, example: 200 })
  responseStatus!: number | null;
  /** The error of the last attempt. */
  @ApiProperty({ type: 'string', nullable: true })
  lastError!: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
}

export class DeliveryListDto {
  items!: DeliveryDto[];
  /** The `cursor` of the next page; null on the last page. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}
