import { Module } from '@nestjs/common';
import { CatalogModule } from '@holdfast/catalog';
import { OrderingModule } from '@holdfast/ordering';
import { CartController } from './api/cart.controller';
import { CartCheckout } from './application/cart-checkout.service';
import { CartFilling } from './application/cart-filling.service';
import { CartQueries } from './application/cart.queries';
import { CartSweep } from './application/cart-sweep.service';
import { CartRepository } from './domain/cart.repository';
import { OrmCartRepository } from './infrastructure/orm-cart.repository';
import { CartSettings } from './cart.settings';

@Module({
  imports: [CatalogModule, OrderingModule],
  providers: [
    CartSettings,
    CartCheckout,
    CartFilling,
    CartQueries,
    CartSweep,
    { provide: CartRepository, useClass: OrmCartRepository },
  ],
  exports: [CartCheckout, CartFilling, CartQueries, CartSweep],
})
export class CartModule {}

@Module({ imports: [CartModule], controllers: [CartController] })
export class CartApiModule {}
