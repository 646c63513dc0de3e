import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Controller, Get, Headers, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiExtraModels, ApiHeader, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import { type CurrentCustomer, LoggedIn } from '@holdfast/identity';
import { ApiGroup, AdminOnly, ApiProblems, OpenToKeys, Text, TextBody } from '@holdfast/http';
import { log, problems } from '@holdfast/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProductExport } from '../application/product-export.service';
import { ProductImport, type RowResult } from '../application/product-import.service';
import { decoderOf } from './charsets';
import { csvOf, readProducts } from './product-csv';
import { ImportDto, ImportSummaryDto } from './product-files.dto';

const CSV = 'text/csv';
const LINES = 'application/x-ndjson';
const IMPORT_LIMIT = 10 * 1024 * 1024;

const FILE = `sku,name,price,currency,stock
85123A,White hanging heart t-light holder,2.55,GBP,40
71053,"Lantern, ""antique"" white",3.39,GBP,12
`;
const EXPORTED = `sku,externalId,name,description,category,price,currency,stock,active,unitLimit
"71053",,"Lantern, ""antique"" white","","Home > Lights","3.39","GBP",12,true,
`;
const EVENTS = `{"progress":{"done":0,"total":2}}
{"row":2,"sku":"85123A","result":"created","productId":"01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44"}
{"row":3,"sku":"71053","result":"refused","errors":[{"column":"stock","code":"is-int","detail":"stock must be an integer number"}]}
{"progress":{"done":2,"total":2}}
{"summary":{"created":1,"changed":0,"unchanged":0,"refused":1}}
`;

@ApiGroup('Catalogue')
@ApiExtraModels(ImportDto)
@Controller('v1/products')
export class ProductFilesController {
  constructor(
    private readonly imports: ProductImport,
    private readonly exports: ProductExport,
  ) {}

  /**
   * Add and change products from a CSV file.
   * @remarks The first row names the columns, in any order: `sku`, and any of `externalId`, `name`, `description`, `category`
   * (`Home > Lights`, or an id), `price`, `currency`, `stock`, `active` and `unitLimit`. A SKU that is not there yet is
   * added (then `name` and `price` are needed); one that is there is changed. **What is not given stays as it is: a column that is left out, and an empty cell** (to empty a
   * description, or to take a limit away, change the product). Without a `currency` a product keeps its own, and a new one
   * gets that of the shop, if all products have the same. `stock` sets the units on hand, as an admin's change of the
   * product does: leave the column out of a file that is older than the last sale.
   *
   * Each row is on its own: one that is refused keeps no other from being done. A SKU may be there twice; the second row
   * then changes what the first one made. The whole file is refused, and nothing happens, when it is no CSV (RFC 4180,
   * UTF-8, commas) or its columns are not these. To repeat an import is safe: what is so already is `unchanged`.
   *
   * With `Accept: application/x-ndjson` each row's result comes as a line as soon as it is committed, with lines
   * `{progress: {done, total}}` between them, and last `{summary}`: without that the import did not end. Who hangs up
   * ends it; what was told stays done.
   */
  @Post('import')
  @AdminOnly()
  @OpenToKeys('catalogue:write')
  @HttpCode(200)
  @TextBody(CSV, IMPORT_LIMIT, decoderOf)
  @ApiConsumes(CSV)
  @ApiBody({ schema: { type: 'string', example: FILE } })
  @ApiHeader({ name: 'Accept', required: false, schema: { type: 'string', enum: ['application/json', LINES] } })
  @ApiOkResponse({
    description: 'One result a row.',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(ImportDto) } },
      [LINES]: { schema: { type: 'string' }, example: EVENTS },
    },
  })
  @ApiProblems(
    problems.validationFailed([
      { pointer: '/columns/1', code: 'duplicate-column', detail: 'the column sku is there twice' },
    ]),
  )
  async importProducts(
    @Text() csv: string,
    @LoggedIn() admin: CurrentCustomer,
    @Headers('accept') accept: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const rows = await readProducts(csv);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const results = this.imports.run(rows, admin.id, gone.signal);
    if (!accept?.toLowerCase().includes(LINES)) return void reply.send(await allOf(results));

    // Or lines would wait for others to be compressed with.
    request.headers['x-no-compression'] = 'true';
    const answer = new PassThrough();
    void reply.type(LINES).send(answer);
    await pipeline(linesOf(results, rows.length), answer).catch((error: unknown) => {
      if (!gone.signal.aborted) log.error({ err: error }, 'an import broke off');
    });
  }

  /**
   * All products as a CSV file, with the columns that an import reads.
   * @remarks All that are not retired, by SKU. Text is written as it is, also where it begins with `=`, `+`, `-` or `@`, so
   * that an import of the file changes nothing: open it in a spreadsheet as text if you do not trust who named the products.
   */
  @Get('export')
  @AdminOnly()
  @OpenToKeys('catalogue:write')
  @ApiOkResponse({
    description: 'The file.',
    content: { [CSV]: { schema: { type: 'string' }, example: EXPORTED } },
    headers: { 'Content-Disposition': { schema: { type: 'string', example: 'attachment; filename="products.csv"' } } },
  })
  exportProducts(@Res() reply: FastifyReply): void {
    const headers = {
      'content-type': `${CSV}; charset=utf-8`,
      'content-disposition': 'attachment; filename="products.csv"',
    };
    void reply.headers(headers).send(Readable.from(csvOf(this.exports.pages())));
  }
}

async function allOf(results: AsyncIterable<RowResult[]>): Promise<ImportDto> {
  const answer = new ImportDto();
  for await (const some of results) {
    answer.count(some);
    for (const each of some) answer.rows.push(each);
  }
  return answer;
}

async function* linesOf(results: AsyncIterable<RowResult[]>, total: number): AsyncGenerator<string> {
  const line = (value: object) => `${JSON.stringify(value)}\n`;
  const summary = new ImportSummaryDto();
  let done = 0;
  yield line({ progress: { done, total } });
  for await (const some of results) {
    summary.count(some);
    done += some.length;
    yield some.map(line).join('') + line({ progress: { done, total } });
  }
  yield line({ summary });
}
