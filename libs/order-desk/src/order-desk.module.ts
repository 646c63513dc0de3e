import { Module } from '@nestjs/common';
import { IdentityModule } from '@holdfast/identity';
import { OrderingModule } from '@holdfast/ordering';
import { OrderDeskController } from './api/order-desk.controller';
import { OrderExport } from './application/order-export.service';
import { OrderNotes } from './application/order-notes.service';

@Module({
  imports: [OrderingModule, IdentityModule],
  controllers: [OrderDeskController],
  providers: [OrderNotes, OrderExport],
})
export class OrderDeskApiModule {}
