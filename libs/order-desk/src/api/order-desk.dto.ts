import { ApiProperty, OmitType } from '@nestjs/swagger';
import { IsText } from '@holdfast/http';
import { OrderFilterDto } from '@holdfast/ordering';
import type { OrderNoteView } from '../application/order-notes.service';

export class WriteOrderNoteDto {
  /** @example "Asked for delivery after 18:00" */
  @IsText(1, 2_000)
  text!: string;
}

export class OrderNoteDto implements OrderNoteView {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** @example "Asked for delivery after 18:00" */
  text!: string;
  /** Id of the admin who wrote it. */
  @ApiProperty({ format: 'uuid' })
  by!: string;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
}

export class OrderExportFilterDto extends OmitType(OrderFilterDto, ['limit', 'cursor'] as const) {}
