import { Readable } from 'node:stream';
import { ApiOkResponse } from '@nestjs/swagger';
import { type Options, stringify } from 'csv-stringify/sync';
import type { FastifyReply } from 'fastify';

const CSV = 'text/csv';

const dispositionOf = (name: string): string => `attachment; filename="${name}"`;

/** Documents a route that answers {@link sendCsv}. */
export const ApiCsvFile = (name: string, example: string) =>
  ApiOkResponse({
    description: 'The file.',
    content: { [CSV]: { schema: { type: 'string' }, example } },
    headers: { 'Content-Disposition': { schema: { type: 'string', example: dispositionOf(name) } } },
  });

/** A file of RFC 4180, written page by page. */
export async function* csvOf<Row>(
  columns: readonly string[],
  pages: AsyncIterable<Row[]>,
  cells: Options,
): AsyncGenerator<string> {
  const format = { ...cells, columns: [...columns], recordDelimiter: '\r\n', cast: { boolean: String } };
  yield `${columns.join(',')}\r\n`;
  for await (const page of pages) yield stringify(page, format);
}

export function sendCsv(reply: FastifyReply, name: string, csv: AsyncIterable<string>): void {
  const headers = { 'content-type': `${CSV}; charset=utf-8`, 'content-disposition': dispositionOf(name) };
  void reply.headers(headers).send(Readable.from(csv));
}
