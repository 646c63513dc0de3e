import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Res } from '@nestjs/common';
import { ApiCreatedResponse } from '@nestjs/swagger';
import { InsufficientStock, ProductNotOrderable } from '@holdfast/catalog';
import { type CurrentCustomer, LoggedIn } from '@holdfast/identity';
import { OrderDto, PriceChanged, UnitLimitExceeded, ORDERS } from '@holdfast/ordering';
import { ApiGroup, ApiProblems, IdParam, Idempotent, RateLimit } from '@holdfast/http';
import { AmountOutOfRange, CurrenciesMixed, Money } from '@holdfast/shared-kernel';
import type { FastifyReply } from 'fastify';
import { CartCheckout } from '../application/cart-checkout.service';
import { CartFilling } from '../application/cart-filling.service';
import { CartQueries } from '../application/cart.queries';
import { CartEmpty, CartLimitExceeded } from '../domain/cart.errors';
import { AddToCartDto, CartDto, CheckoutDto, itemsOf, SetQuantityDto } from './cart.dto';

const PRODUCT = '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44';
const pounds = (amount: string) => Money.parse({ amount, currency: 'GBP' });
const SHORT = new InsufficientStock([{ productId: PRODUCT, requested: 2, available: 1 }]);
const UNIT_LIMIT = new UnitLimitExceeded(PRODUCT, 5, 2, 4);
const NOT_ORDERABLE = new ProductNotOrderable([PRODUCT]);

const FillingProblems = () =>
  ApiProblems(SHORT, new CartLimitExceeded('units of a product', 50, 51, PRODUCT), UNIT_LIMIT, NOT_ORDERABLE);

@ApiGroup('Cart', 'Hold units while the customer shops, then order them.')
@Controller('v1/cart')
export class CartController {
  constructor(
    private readonly filling: CartFilling,
    private readonly checkout: CartCheckout,
    private readonly carts: CartQueries,
  ) {}

  /** Your cart; an empty one if you have put nothing in. */
  @Get()
  getCart(@LoggedIn() customer: CurrentCustomer): Promise<CartDto> {
    return this.carts.of(customer.id);
  }

  /**
   * Put products into your cart, on top of what is in it: their stock is held for you, or nothing happens.
   * @remarks In `insufficient-stock`, `requested` and `available` count what would be added.
   */
  @Post('items')
  @HttpCode(200)
  @FillingProblems()
  addCartItems(@Body() body: AddToCartDto, @LoggedIn() customer: CurrentCustomer): Promise<CartDto> {
    return this.filling.add(itemsOf(body), customer.id);
  }

  /**
   * Say how many units of a product shall be in your cart: they are held for you, or nothing happens.
   * @remarks Safe to repeat, unlike adding; repeated, it begins the time of all holds anew.
   */
  @Put('items/:productId')
  @FillingProblems()
  setCartItem(
    @Param('productId', IdParam) productId: string,
    @Body() { quantity }: SetQuantityDto,
    @LoggedIn() customer: CurrentCustomer,
  ): Promise<CartDto> {
    return this.filling.set(productId, quantity, customer.id);
  }

  /** Take a product out of your cart, if it is there. */
  @Delete('items/:productId')
  removeCartItem(
    @Param('productId', IdParam) productId: string,
    @LoggedIn() customer: CurrentCustomer,
  ): Promise<CartDto> {
    return this.filling.set(productId, 0, customer.id);
  }

  /** Empty your cart: what it held is there for others at once. */
  @Delete()
  @HttpCode(204)
  clearCart(@LoggedIn() customer: CurrentCustomer): Promise<void> {
    return this.filling.clear(customer.id);
  }

  /**
   * Order what is in your cart, all of it or nothing.
   * @remarks A hold that has lapsed is no obstacle as long as there is stock.
   */
  @Post('checkout')
  @RateLimit(ORDERS)
  @Idempotent('cart.checkout')
  @ApiCreatedResponse({ type: OrderDto })
  @ApiProblems(
    SHORT,
    new PriceChanged(pounds('5.10'), pounds('5.90')),
    UNIT_LIMIT,
    NOT_ORDERABLE,
    new CartEmpty(),
    new CurrenciesMixed('GBP', 'EUR'),
    new AmountOutOfRange(),
  )
  async checkOutCart(
    @Body() body: CheckoutDto,
    @LoggedIn() customer: CurrentCustomer,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDto> {
    const order = await this.checkout.checkOut(body, customer.id);
    void reply.header('location', `/v1/orders/${order.id}`);
    return order;
  }
}
