import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Controller, Get, Headers, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiExtraModels, ApiHeader, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import { ensureMaySetStock } from '@holdfast/catalog';
import { type CurrentCustomer, LoggedIn } from '@holdfast/identity';
import { AdminOnly, ApiCsvFile, ApiGroup, ApiProblems, OpenToKeys, sendCsv, Text, TextBody } from '@holdfast/http';
import { log, problems } from '@holdfast/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProductExport } from '../application/product-export.service';
import { ProductImport, type RowResult } from '../application/product-import.service';
import { decoderOf } from './charsets';
import { columnMapOf, productsCsv, readProducts } from './product-csv';
import { ImportDto, ImportOptionsDto, ImportSummaryDto } from './product-files.dto';

const CSV = 'text/csv';
const LINES = 'application/x-ndjson';
const IMPORT_LIMIT = 10 * 1024 * 1024;

const FILE = `sku,name,price,currency,stock
85123A,White hanging heart t-light holder,2.55,GBP,40
71053,"Lantern, ""antique"" white",3.39,GBP,12
`;
const EXPORTED = `sku,externalId,name,description,category,price,currency,stock,active,unitLimit,images
"71053",,"Lantern, ""antique"" white","","Home > Lights","3.39","GBP",12,true,,"https://images.example/lantern-7.jpg https://images.example/lantern-7-lit.jpg"
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
   * Import products from a CSV file.
   * @remarks The first row names the columns in any order and letter case: `sku`, and any of `externalId`, `name`,
   * `description`, `category` (`Home > Lights`, or an id), `price`, `currency`, `stock`, `active`, `unitLimit` and
   * `images`.
   *
   * **Columns of others.** `?map=theirs:ours`, repeated for each column, gives columns of another shop's file their
   * names here. With `map`, columns with other names are left out; without it they refuse the file. `map=Handle:group`
   * joins the rows of variants: the rows of one group share the name, description, category and `active` of its first,
   * and the first 10 images of all of them.
   * `map=Categories:categories` reads cells with several categories, `Sale, Clothing > Hoodies`: the first counts, or
   * the deepest below it; a comma in a name is written `\,`.
   *
   * **Format.** The separator is a comma, a semicolon or a tab, as the header shows or a line `sep=;` before it names.
   * The text is UTF-8, with or without a byte order mark, or the `charset` of the Content-Type: UTF-16 or windows-1252.
   * Any line ends serve. Empty columns and rows are left out. A decimal comma is read in files that are not separated
   * by commas; `1.234` and `1,234` are ambiguous there and refused. `active` is true, false, 1, 0, yes or no,
   * or a state of other shops: active, draft, archived, or -1 for a draft. `images` are at most 10 https URLs, divided
   * by blanks or commas; they replace the images of the product, and those that stay keep their `alt`.
   *
   * **Rows.** An unknown SKU is added, and needs `name` and `price`; a known SKU is changed. An empty cell, or a column
   * that is left out, leaves a value as it is. A price without a currency has that of its product, of `?currency=`, or
   * of the shop if all products share one. `stock` sets the units on hand: leave it out of a file that is older than
   * the last sale. An API key needs the scope `stock:write` for a file that sets it, beside `catalogue:write`.
   * `?createCategories=true` creates the categories of paths that do not exist.
   *
   * Each row is accepted or refused on its own. A SKU may occur twice; the later row changes the result of the earlier.
   * A file that is no CSV, or whose columns are wrong, is refused as a whole and changes nothing. A repeated import is
   * safe: its rows are `unchanged`.
   *
   * **Progress.** With `Accept: application/x-ndjson` each row's result is a line, sent once the row is committed,
   * among lines `{progress: {done, total}}`. The line `{summary}` ends a whole import. Closing the connection stops the
   * import; rows that were reported stay done.
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
    @Query() { map = [], ...options }: ImportOptionsDto,
    @LoggedIn() admin: CurrentCustomer,
    @Headers('accept') accept: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const rows = await readProducts(csv, columnMapOf(map));
    for (const row of rows) ensureMaySetStock(admin, row);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const results = this.imports.run(rows, admin.id, gone.signal, options);
    if (!accept?.toLowerCase().includes(LINES)) return void reply.send(await allOf(results));

    // Compression would hold lines back until it has more of them.
    request.headers['x-no-compression'] = 'true';
    const answer = new PassThrough();
    void reply.type(LINES).send(answer);
    await pipeline(linesOf(results, rows.length), answer).catch((error: unknown) => {
      if (!gone.signal.aborted) log.error({ err: error }, 'an import failed before its end');
    });
  }

  /**
   * Export products as a CSV file.
   * @remarks All products that are not retired, by SKU, with the columns that an import reads. Text is written as it
   * is, even if it begins with `=`, `+`, `-` or `@`, so that importing the file changes nothing. Open it in a
   * spreadsheet as text if you do not trust the authors of the products.
   */
  @Get('export')
  @AdminOnly()
  @OpenToKeys('catalogue:write')
  @ApiCsvFile('products.csv', EXPORTED)
  exportProducts(@Res() reply: FastifyReply): void {
    sendCsv(reply, 'products.csv', productsCsv(this.exports.pages()));
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
