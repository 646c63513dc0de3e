// Owns: carts and their limits (schema `cart`).
// Exposes: its routes, and CartSweep for the worker; CartFilling, CartCheckout and CartQueries for tests.
// Emits: nothing; a checkout becomes an order, which has events.
// Reacts to: nothing.
// Promises: a customer has one cart; its items are held, and a checkout orders all of them or nothing.
import { Cart1700000000041 } from './infrastructure/1700000000041-cart.migration';
import { cartSchemas } from './infrastructure/cart.schema';

export { CartApiModule, CartModule } from './cart.module';
export { CartCheckout } from './application/cart-checkout.service';
export { CartFilling } from './application/cart-filling.service';
export { CartQueries } from './application/cart.queries';
export { CartSweep } from './application/cart-sweep.service';
export const cartPersistence = { entities: cartSchemas, migrations: [Cart1700000000041] };
