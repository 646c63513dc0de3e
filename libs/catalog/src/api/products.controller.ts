import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse } from '@nestjs/swagger';
import { type CurrentCustomer, ensureScope, LoggedIn } from '@holdfast/identity';
import {
  ApiAnswerHeaders,
  ApiGroup,
  AdminOnly,
  ApiProblems,
  etagOf,
  IdParam,
  Idempotent,
  isMatch,
  OpenToKeys,
  type Json,
  OptionalLogin,
  PageDto,
  Revalidated,
} from '@holdfast/http';
import { InvalidCursor } from '@holdfast/platform';
import type { FastifyReply } from 'fastify';
import { CatalogueService, type VersionCheck } from '../application/catalogue.service';
import { ProductPages } from './product-pages';
import { ProductChanges, ProductQueries } from '../application/product.queries';
import {
  CategoryUnknown,
  ExternalIdTaken,
  InsufficientStock,
  ProductNotFound,
  ProductVersionStale,
  SkuTaken,
  StockChanged,
  StockTooLarge,
} from '../domain/catalog.errors';
import {
  ChangeProductDto,
  CreateProductDto,
  ProductChangesDto,
  ProductDto,
  ProductFilterDto,
  ProductListDto,
} from './catalog.dto';
import { AdjustStockDto, StockMovementDto, StockMovementListDto } from './stock.dto';

const IfMatch = () =>
  ApiHeader({
    name: 'If-Match',
    required: false,
    description:
      'The ETag that you read: 412 when the product has changed since. Without it the change always applies.',
    schema: { type: 'string', example: '"3"' },
  });

/** What `If-Match` allows; without the header everything. */
const allowedBy =
  (ifMatch: string | undefined): VersionCheck =>
  (version) =>
    isMatch(ifMatch, version);

/** Throws 403 `insufficient-scope` for an API key that may not book stock, when a command sets the units on hand. */
export function ensureMaySetStock(caller: CurrentCustomer, { stock }: { stock?: unknown }): void {
  if (stock !== undefined) ensureScope(caller, 'stock:write');
}

const SHORT = new InsufficientStock([
  { productId: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44', requested: 3, available: 2 },
]);

const UNKNOWN_CATEGORY = new CategoryUnknown('01930a2e-7c4f-7d31-9a52-3c5b7e0f1a45');

@ApiGroup('Catalogue', 'Browse products; as an admin, change them and book stock.')
@Controller('v1/products')
export class ProductsController {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly products: ProductQueries,
    private readonly pages: ProductPages,
    private readonly changes: ProductChanges,
  ) {}

  /**
   * Browse the catalogue.
   * @remarks `stock` is the same for all callers: units in carts, your own included, are not in it. A page may be a few
   * seconds old unless you have just written something yourself. An order or a cart counts the stock at that moment.
   */
  @Get()
  @OptionalLogin()
  @OpenToKeys('catalogue:write', 'stock:write')
  @Revalidated()
  @ApiOkResponse({ type: ProductListDto })
  @ApiProblems(new InvalidCursor())
  listProducts(
    @Query() filter: ProductFilterDto,
    @LoggedIn() customer?: CurrentCustomer,
  ): Promise<Json<ProductListDto>> {
    return this.pages.list(filter, customer);
  }

  /**
   * Follow the changes of the catalogue.
   * @remarks For apps with a copy of the catalogue. Begin without a cursor, and put each item into your copy by its id;
   * `{id, gone: true}` removes it: the product is off sale, retired or deleted. Call again with `nextCursor` until a
   * page has fewer items than `limit`; keep the last `nextCursor`, and go on from it whenever you like. A product that
   * changed several times is there once, as it is now.
   *
   * What an admin edits is a change, and so is stock that falls to none or comes back. Other sales and carts are none:
   * `stock`, `version` and `updatedAt` are those of the moment of the call. No change is left out because another one
   * was stored before it. While a long transaction runs in the database, changes after it come when it has ended.
   *
   * `invalid-cursor` says that the cursor is malformed, or older than a restore or failover of the database: begin
   * again without a cursor, and drop what does not come again.
   */
  @Get('changes')
  @OptionalLogin()
  @OpenToKeys('catalogue:write', 'stock:write')
  @Revalidated()
  @ApiProblems(new InvalidCursor())
  listProductChanges(@Query() page: PageDto): Promise<ProductChangesDto> {
    return this.changes.since(page);
  }

  /**
   * Get a product.
   * @remarks The units in your own cart are still in the `stock` that you see. Send the ETag as `If-None-Match` to get
   * 304 while nothing has changed, or as `If-Match` with a change.
   */
  @Get(':id')
  @OptionalLogin()
  @OpenToKeys('catalogue:write', 'stock:write')
  @Revalidated()
  @ApiProblems(new ProductNotFound())
  async getProduct(
    @Param('id', IdParam) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
    @LoggedIn() customer?: CurrentCustomer,
  ): Promise<ProductDto> {
    const product = await this.products.get(id, customer);
    void reply.header('etag', etagOf(product.version, product));
    return product;
  }

  /**
   * Add a product.
   * @remarks A SKU is taken (`sku-taken`) when a product that is not retired has it in any case. An API key needs the
   * scope `stock:write` to send `stock`, beside `catalogue:write`.
   */
  @Post()
  @AdminOnly()
  @OpenToKeys('catalogue:write')
  @ApiAnswerHeaders('ETag', 'Location')
  @ApiProblems(new SkuTaken(), new ExternalIdTaken(), UNKNOWN_CATEGORY)
  async createProduct(
    @Body() body: CreateProductDto,
    @LoggedIn() admin: CurrentCustomer,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProductDto> {
    ensureMaySetStock(admin, body);
    const product = await this.catalogue.create(body, admin.id);
    void reply.headers({ location: `/v1/products/${product.id}`, etag: etagOf(product.version, product) });
    return product;
  }

  /**
   * Change a product.
   * @remarks Placed orders keep their names and prices. An API key needs the scope `stock:write` to send `stock`,
   * beside `catalogue:write`.
   */
  @Patch(':id')
  @AdminOnly()
  @OpenToKeys('catalogue:write')
  @IfMatch()
  @ApiAnswerHeaders('ETag')
  @ApiProblems(
    new ProductNotFound(),
    new SkuTaken(),
    new ExternalIdTaken(),
    UNKNOWN_CATEGORY,
    new ProductVersionStale(),
  )
  async updateProduct(
    @Param('id', IdParam) id: string,
    @Body() body: ChangeProductDto,
    @LoggedIn() admin: CurrentCustomer,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProductDto> {
    ensureMaySetStock(admin, body);
    const product = await this.catalogue.change(id, body, admin.id, allowedBy(ifMatch));
    void reply.header('etag', etagOf(product.version, product));
    return product;
  }

  /**
   * Remove a product.
   * @remarks A product that was ever ordered is retired: its orders and its ledger stay. Any other is deleted with its
   * ledger. Its SKU and external id can be used again. A cart that holds the product is refused at checkout
   * (`product-not-orderable`) until the product is taken out of the cart.
   */
  @Delete(':id')
  @AdminOnly()
  @OpenToKeys('catalogue:write')
  @HttpCode(204)
  @IfMatch()
  @ApiProblems(new ProductNotFound(), new ProductVersionStale())
  deleteProduct(@Param('id', IdParam) id: string, @Headers('if-match') ifMatch: string | undefined): Promise<void> {
    return this.catalogue.remove(id, allowedBy(ifMatch));
  }

  /**
   * Adjust the stock of a product.
   * @remarks Send `delta`, or `onHand` with the `expectedOnHand` that it replaces. Repeat a request that got no answer
   * under its Idempotency-Key: stock moves once.
   */
  @Post(':id/stock-adjustments')
  @AdminOnly()
  @OpenToKeys('stock:write')
  @Idempotent('catalog.adjust-stock')
  @ApiProblems(new ProductNotFound(), new StockChanged(40, 37), SHORT, new StockTooLarge())
  adjustStock(
    @Param('id', IdParam) id: string,
    @Body() body: AdjustStockDto,
    @LoggedIn() admin: CurrentCustomer,
  ): Promise<StockMovementDto> {
    return this.catalogue.adjustStock(id, body, admin.id);
  }

  /**
   * List the stock movements of a product.
   * @remarks The ledger, newest first. A retired product keeps its ledger.
   */
  @Get(':id/stock-adjustments')
  @AdminOnly()
  @OpenToKeys('stock:write')
  @ApiProblems(new ProductNotFound(), new InvalidCursor())
  listStockAdjustments(@Param('id', IdParam) id: string, @Query() page: PageDto): Promise<StockMovementListDto> {
    return this.products.movements(id, page);
  }
}
