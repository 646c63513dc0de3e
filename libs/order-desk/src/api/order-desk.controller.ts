import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import {
  AdminOnly,
  ApiCsvFile,
  ApiGroup,
  ApiProblems,
  BodyLimit,
  csvOf,
  EXAMPLE_ID,
  IdParam,
  OpenToKeys,
  sendCsv,
} from '@holdfast/http';
import { type CurrentCustomer, CustomerSearch, LoggedIn } from '@holdfast/identity';
import { OrderNotFound } from '@holdfast/ordering';
import type { FastifyReply } from 'fastify';
import { type ExportedLine, OrderExport } from '../application/order-export.service';
import { OrderNotes } from '../application/order-notes.service';
import { OrderExportFilterDto, OrderNoteDto, WriteOrderNoteDto } from './order-desk.dto';

const COLUMNS: (keyof ExportedLine)[] = [
  ...(['number', 'orderId', 'placedAt', 'status', 'customerId', 'sku', 'name', 'quantity', 'unitPrice'] as const),
  ...(['lineSubtotal', 'currency', 'subtotal', 'shipping', 'shippingMethod', 'tax', 'taxInclusive', 'total'] as const),
  ...(['refunded', 'country'] as const),
];
const EXPORTED = `${COLUMNS.join(',')}
${[
  ...['20261121-7K3M9-QXW2A', EXAMPLE_ID, '2026-11-21T10:00:00.000Z', 'paid'],
  ...['01930a2e-7c4f-7d31-9a52-3c5b7e0f1a45', '85123A', '"Lantern, white"', '2', '3.39', '6.78', 'GBP'],
  ...['6.78', '4.99', 'standard', '1.96', 'true', '11.77', '0.00', 'GB'],
].join(',')}
`;

@ApiGroup('Orders')
@Controller('v1/orders')
@BodyLimit(32_768)
export class OrderDeskController {
  constructor(
    private readonly notes: OrderNotes,
    private readonly exports: OrderExport,
    private readonly customers: CustomerSearch,
  ) {}

  /**
   * Export orders as a CSV file
   * @remarks One row for each line of an order, newest first, with the filters of the list. The amounts after
   * `currency` are of the whole order, repeated in each of its rows. Text that a spreadsheet would take for a formula
   * begins with an apostrophe.
   */
  @Get('export')
  @AdminOnly()
  @OpenToKeys('orders:read')
  @ApiCsvFile('orders.csv', EXPORTED)
  async exportOrders(
    @Query() filter: OrderExportFilterDto,
    @LoggedIn() admin: CurrentCustomer,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const customersFound = filter.q === undefined ? [] : await this.customers.idsOf(filter.q);
    sendCsv(reply, 'orders.csv', ordersCsv(this.exports.pages({ ...filter, customersFound }, admin)));
  }

  /** List the notes of an order */
  @Get(':id/notes')
  @AdminOnly()
  @ApiProblems(new OrderNotFound())
  listOrderNotes(@Param('id', IdParam) id: string, @LoggedIn() admin: CurrentCustomer): Promise<OrderNoteDto[]> {
    return this.notes.list(id, admin);
  }

  /**
   * Write a note about an order
   * @remarks Customers never see it, and it never changes.
   */
  @Post(':id/notes')
  @AdminOnly()
  @ApiProblems(new OrderNotFound())
  writeOrderNote(
    @Param('id', IdParam) id: string,
    @Body() { text }: WriteOrderNoteDto,
    @LoggedIn() admin: CurrentCustomer,
  ): Promise<OrderNoteDto> {
    return this.notes.write(id, text, admin);
  }
}

/** No cell is a formula. */
export const ordersCsv = (pages: AsyncIterable<ExportedLine[]>) => csvOf(COLUMNS, pages, { escape_formulas: true });
