import { Injectable } from '@nestjs/common';
import { sweepAll, UnitOfWork } from '@holdfast/platform';
import { CartSettings } from '../cart.settings';
import { CartRepository } from '../domain/cart.repository';

@Injectable()
export class CartSweep {
  constructor(
    private readonly carts: CartRepository,
    private readonly settings: CartSettings,
  ) {}

  /** Deletes carts that nobody has touched for CART_TTL, in small transactions; returns how many. */
  sweep(): Promise<number> {
    return sweepAll((atMost) => this.sweepSome(atMost));
  }

  @UnitOfWork()
  private sweepSome(atMost: number): Promise<number> {
    return this.carts.removeUntouched(this.settings.CART_TTL, atMost);
  }
}
