import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Res } from '@nestjs/common';
import { ApiCreatedResponse } from '@nestjs/swagger';
import { HoldPaused, InsufficientStock, ProductNotOrderable } from '@holdfast/catalog';
import { type CurrentCustomer, LoggedIn } from '@holdfast/identity';
import {
  DELIVERY_PROBLEMS,
  OrderDto,
  OrderLimitExceeded,
  ORDERS,
  PriceChanged,
  Overloaded,
  TotalNotPayable,
  UnitLimitExceeded,
  UnpaidOrderLimitReached,
  UnpaidUnitsLimitExceeded,
} from '@holdfast/ordering';
import {
  ApiAnswerHeaders,
  ApiGroup,
  ApiProblems,
  BodyLimit,
  EXAMPLE_ID,
  Idempotent,
  IdParam,
  pounds,
  RateLimit,
} from '@holdfast/http';
import { AmountOutOfRange, CurrenciesMixed, Money } from '@holdfast/shared-kernel';
import type { FastifyReply } from 'fastify';
import { CartCheckout } from '../application/cart-checkout.service';
import { CartFilling } from '../application/cart-filling.service';
import { CartQueries } from '../application/cart.queries';
import { CartEmpty, CartLimitExceeded } from '../domain/cart.errors';
import { AddToCartDto, CartDto, CheckoutDto, itemsOf, SetQuantityDto } from './cart.dto';

const SHORT = new InsufficientStock([{ productId: EXAMPLE_ID, requested: 2, available: 1 }]);
const UNIT_LIMIT = new UnitLimitExceeded(EXAMPLE_ID, 5, 2, 4);
const UNPAID_UNITS = new UnpaidUnitsLimitExceeded(500, 50, 460, 0);
const NOT_ORDERABLE = new ProductNotOrderable([EXAMPLE_ID]);

const FillingProblems = () =>
  ApiProblems(
    SHORT,
    new CartLimitExceeded('units of a product', 50, 51, EXAMPLE_ID),
    UNIT_LIMIT,
    UNPAID_UNITS,
    new HoldPaused([{ productId: EXAMPLE_ID, pausedUntil: new Date('2026-11-21T10:10:00Z') }]),
    NOT_ORDERABLE,
  );

@ApiGroup('Cart', 'Hold units while the customer shops, then order them.')
@Controller('v1/cart')
@BodyLimit(32_768)
export class CartController {
  constructor(
    private readonly filling: CartFilling,
    private readonly checkout: CartCheckout,
    private readonly carts: CartQueries,
  ) {}

  /** Get the cart */
  @Get()
  getCart(@LoggedIn() customer: CurrentCustomer): Promise<CartDto> {
    return this.carts.of(customer.id);
  }

  /**
   * Add items to the cart
   * @remarks Adds the units to those in the cart, all or none. Every line holds its stock for `CART_HOLD_TTL`, and each
   * change of the cart extends all holds, at most to `CART_HOLD_MAX` from the first hold of these units. Then they
   * cannot be held again for 10 minutes (`hold-paused`). In `insufficient-stock`, `requested` and `available` count the
   * added units. A call that is repeated under its `Idempotency-Key` adds once; without a key it adds again.
   */
  @Post('items')
  @HttpCode(200)
  @Idempotent('cart.add', { isKeyOptional: true })
  @FillingProblems()
  addCartItems(@Body() body: AddToCartDto, @LoggedIn() customer: CurrentCustomer): Promise<CartDto> {
    return this.filling.add(itemsOf(body), customer.id, customer.role);
  }

  /**
   * Set the quantity of a product in the cart
   * @remarks Holds this many units, or changes nothing; 0 removes the product. Safe to repeat. Each change of the cart
   * extends all holds.
   */
  @Put('items/:productId')
  @FillingProblems()
  setCartItem(
    @Param('productId', IdParam) productId: string,
    @Body() { quantity }: SetQuantityDto,
    @LoggedIn() customer: CurrentCustomer,
  ): Promise<CartDto> {
    return this.filling.set(productId, quantity, customer.id, customer.role);
  }

  /**
   * Remove a product from the cart
   * @remarks Releases its hold. Safe to repeat.
   */
  @Delete('items/:productId')
  removeCartItem(
    @Param('productId', IdParam) productId: string,
    @LoggedIn() customer: CurrentCustomer,
  ): Promise<CartDto> {
    return this.filling.set(productId, 0, customer.id, customer.role);
  }

  /**
   * Empty the cart
   * @remarks Releases all holds: the units are available to others at once.
   */
  @Delete()
  @HttpCode(204)
  clearCart(@LoggedIn() customer: CurrentCustomer): Promise<void> {
    return this.filling.clear(customer.id, customer.role);
  }

  /**
   * Check out the cart
   * @remarks Orders all items and empties the cart, or changes nothing. An expired hold is no obstacle if there is
   * stock. Repeat it with the same `Idempotency-Key` after a timeout or a 503.
   */
  @Post('checkout')
  @RateLimit(ORDERS)
  @Idempotent('cart.checkout')
  @ApiAnswerHeaders('Location')
  @ApiCreatedResponse({ type: OrderDto })
  @ApiProblems(
    SHORT,
    new PriceChanged(pounds('5.10'), pounds('5.90')),
    UNIT_LIMIT,
    new OrderLimitExceeded('units of a product', 50, 51, EXAMPLE_ID),
    new UnpaidOrderLimitReached(5, 5),
    UNPAID_UNITS,
    NOT_ORDERABLE,
    new CartEmpty(),
    new CurrenciesMixed('GBP', 'EUR'),
    new AmountOutOfRange(),
    new TotalNotPayable(Money.parse({ amount: '10.005', currency: 'KWD' })),
    ...DELIVERY_PROBLEMS,
    new Overloaded(12),
  )
  async checkOutCart(
    @Body() body: CheckoutDto,
    @LoggedIn() customer: CurrentCustomer,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDto> {
    const order = await this.checkout.checkOut(body, customer.id, customer.role);
    void reply.header('location', `/v1/orders/${order.id}`);
    return order;
  }
}
