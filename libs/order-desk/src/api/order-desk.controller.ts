import { Readable } from 'node:stream';
import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { stringify } from 'csv-stringify/sync';
import { AdminOnly, ApiGroup, ApiProblems, BodyLimit, IdParam, OpenToKeys } from '@holdfast/http';
import { type CurrentCustomer, CustomerSearch, LoggedIn } from '@holdfast/identity';
import { OrderNotFound } from '@holdfast/ordering';
import type { FastifyReply } from 'fastify';
import { type ExportedLine, OrderExport } from '../application/order-export.service';
import { OrderNotes } from '../application/order-notes.service';
import { OrderExportFilterDto, OrderNoteDto, WriteOrderNoteDto } from './order-desk.dto';

const CSV = 'text/csv';
const COLUMNS: (keyof ExportedLine)[] = [
  ...(['number', 'orderId', 'placedAt', 'status', 'customerId', 'sku', 'name', 'quantity', 'unitPrice'] as const),
  ...(['lineSubtotal', 'currency', 'subtotal', 'shipping', 'shippingMethod', 'tax', 'taxInclusive', 'total'] as const),
  ...(['refunded', 'country'] as const),
];
const EXPORTED = `${COLUMNS.join(',')}
${[
  ...['20261121-7K3M9-QXW2A', '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44', '2026-11-21T10:00:00.000Z', 'paid'],
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
  @ApiOkResponse({
    description: 'The file.',
    content: { [CSV]: { schema: { type: 'string' }, example: EXPORTED } },
    headers: { 'Content-Disposition': { schema: { type: 'string', example: 'attachment; filename="orders.csv"' } } },
  })
  async exportOrders(
    @Query() filter: OrderExportFilterDto,
    @LoggedIn() admin: CurrentCustomer,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const customersFound = filter.q === undefined ? [] : await this.customers.idsOf(filter.q);
    const file = csvOf(this.exports.pages({ ...filter, customersFound }, admin));
    const headers = {
      'content-type': `${CSV}; charset=utf-8`,
      'content-disposition': 'attachment; filename="orders.csv"',
    };
    void reply.headers(headers).send(Readable.from(file));
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

/** RFC 4180, but that a cell is never a formula. */
export async function* csvOf(pages: AsyncIterable<ExportedLine[]>): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\r\n`;
  for await (const page of pages) yield stringify(page, FORMAT);
}

const FORMAT = { columns: COLUMNS, recordDelimiter: '\r\n', escape_formulas: true, cast: { boolean: String } };
