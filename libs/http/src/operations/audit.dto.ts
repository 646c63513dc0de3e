import { ApiProperty } from '@nestjs/swagger';
import { ACTOR_KINDS, type ActorKind } from '@holdfast/platform/observability';
import type { AuditEntryView, AuditFilter } from '@holdfast/platform/reads';
import { IsId, Optional, PageDto } from '../fields/fields.dto';

export class AuditFilterDto extends PageDto implements AuditFilter {
  /** Only changes by this admin or API key. */
  @Optional()
  @IsId()
  @ApiProperty({ required: false })
  actorId?: string;

  /** Only changes of this object. */
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
  /** Null where only the path named the object, as with a removed one. */
  @ApiProperty({ type: 'string', nullable: true, example: 'Product' })
  objectType!: string | null;
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  objectId!: string | null;
  /** The names of the changed fields; of a new object, all fields. @example ["name", "price"] */
  fields!: string[];
  @ApiProperty({ format: 'uuid' })
  requestId!: string;
  @ApiProperty({ format: 'date-time' })
  at!: string;
}

export class AuditEntryListDto {
  items!: AuditEntryDto[];
  /** The `cursor` of the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}
