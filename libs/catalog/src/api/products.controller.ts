import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse } from '@nestjs/swagger';
import { type CurrentCustomer, LoggedIn } from '@holdfast/identity';
import {
  ApiGroup,
  AdminOnly,
  ApiProblems,
  etagOf,
  IdParam,
  Idempotent,
  OpenToKeys,
  type Json,
  OptionalLogin,
  PageDto,
  Revalidated,
} from '@holdfast/http';
import { InvalidCursor, problems } from '@holdfast/platform';
import type { FastifyReply } from 'fastify';
import { CatalogueService } from '../application/catalogue.service';
import { ProductPages } from './product-pages';
import { ProductQueries } from '../application/product.queries';
import {
  CategoryUnknown,
  ExternalIdTaken,
  InsufficientStock,
  ProductNotFound,
  SkuTaken,
  StockChanged,
  StockTooLarge,
} from '../domain/catalog.errors';
import {
  AdjustStockDto,
  ChangeProductDto,
  CreateProductDto,
  ProductDto,
  ProductFilterDto,
  ProductListDto,
  StockMovementDto,
  StockMovementListDto,
} from './product.dto';

const IfMatch = () =>
  ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'The ETag you have seen: 412 when the product has changed since.',
    schema: { type: 'string', example: '"3"' },
  });

const SHORT = new InsufficientStock([
  { productId: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44', requested: 3, available: 2 },
]);

const UNKNOWN_CATEGORY = new CategoryUnknown('01930a2e-7c4f-7d31-9a52-3c5b7e0f1a45');

@ApiGroup('Catalogue', 'Browse products; as an admin, change them and book their stock.')
@Controller('v1/products')
export class ProductsController {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly products: ProductQueries,
    private readonly pages: ProductPages,
  ) {}

  /**
   * Browse the catalogue.
   * @remarks `stock` is the same for everybody here: what customers have in their carts is off it, your own too. It is a
   * hint: unless you have just written something yourself, a page may be a few seconds old, so that a product in it is
   * sold out by now, or one that is back is missing. An order is decided on what is really there.
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
   * One product, with an ETag.
   * @remarks What you have in your cart yourself is not taken off the `stock` that you see here.
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
    const { product, held } = await this.products.one(id, customer);
    void reply.header('etag', etagOf(product.version, held));
    return product;
  }

  /** Add a product. */
  @Post()
  @AdminOnly()
  @OpenToKeys('catalogue:write')
  @ApiProblems(new SkuTaken(), new ExternalIdTaken(), UNKNOWN_CATEGORY)
  async createProduct(
    @Body() body: CreateProductDto,
    @LoggedIn() admin: CurrentCustomer,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProductDto> {
    const product = await this.catalogue.create(body, admin.id);
    void reply.headers({ location: `/v1/products/${product.id}`, etag: etagOf(product.version) });
    return product;
  }

  /** Change a product. Orders already placed keep the name and price they were placed at. */
  @Patch(':id')
  @AdminOnly()
  @OpenToKeys('catalogue:write')
  @IfMatch()
  @ApiProblems(
    new ProductNotFound(),
    new SkuTaken(),
    new ExternalIdTaken(),
    UNKNOWN_CATEGORY,
    problems.preconditionFailed(),
  )
  async updateProduct(
    @Param('id', IdParam) id: string,
    @Body() body: ChangeProductDto,
    @LoggedIn() admin: CurrentCustomer,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProductDto> {
    const product = await this.catalogue.change(id, body, admin.id, ifMatch);
    void reply.header('etag', etagOf(product.version));
    return product;
  }

  /**
   * Take a product out of the catalogue.
   * @remarks One that was ever ordered is retired: its orders and its ledger stay. Any other is removed with its ledger.
   * Either way its SKU and its external id are free again, and who has it in a cart is refused the checkout
   * (`product-not-orderable`) until it is out.
   */
  @Delete(':id')
  @AdminOnly()
  @OpenToKeys('catalogue:write')
  @HttpCode(204)
  @IfMatch()
  @ApiProblems(new ProductNotFound(), problems.preconditionFailed())
  deleteProduct(@Param('id', IdParam) id: string, @Headers('if-match') ifMatch: string | undefined): Promise<void> {
    return this.catalogue.takeOut(id, ifMatch);
  }

  /** Book stock in or out. */
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

  /** The stock ledger of a product, newest first. */
  @Get(':id/stock-adjustments')
  @AdminOnly()
  @OpenToKeys('stock:write')
  @ApiProblems(new ProductNotFound(), new InvalidCursor())
  listStockAdjustments(@Param('id', IdParam) id: string, @Query() page: PageDto): Promise<StockMovementListDto> {
    return this.products.movements(id, page);
  }
}
