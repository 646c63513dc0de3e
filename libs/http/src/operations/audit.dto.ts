import { ApiProperty } from '@nestjs/swagger';
import { ACTOR_KINDS, type ActorKind } from '@holdfast/platform/observability';
import type { AuditEntryView, AuditFilter } from '@holdfast/platform/reads';
import { IsId, Optional, PageDto } from '../fields/fields.dto';

export class AuditFilterDto extends PageDto implements AuditFilter {
  /** What this admin, or this API key, has done. */
  @Optional()
  @IsId()
  @ApiProperty({ required: false })
  actorId?: string;

  /** What was done to this object. */
  @Optional()
  @IsId()
  @ApiProperty({ required: false })
  objectId?: string;
}

export class AuditEntryDto implements AuditEntryView {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ enum: ACTOR_KINDS })
  actorKind!: ActorKind;
  /** The admin's id, or the key's. */
  @ApiProperty({ format: 'uuid' })
  actorId!: string;
  /** The operationId of the route. @example "updateProduct" */
  operation!: string;
  /** Null where the object was named by the path alone, as one that was removed. */
  @ApiProperty({ type: 'string', nullable: true, example: 'Product' })
  objectType!: string | null;
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  objectId!: string | null;
  /** The names of what changed, of a new object all. @example ["name", "price"] */
  fields!: string[];
  @ApiProperty({ format: 'uuid' })
  requestId!: string;
  @ApiProperty({ format: 'date-time' })
  at!: string;
}

export class AuditEntryListDto {
  items!: AuditEntryDto[];
  /** Give it as `cursor` for the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}
