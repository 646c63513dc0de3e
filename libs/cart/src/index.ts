// Owns: what customers mean to buy, and how much a cart takes (schema `cart`).
// Exposes: nothing but its routes; CartFilling, CartCheckout, CartQueries for tests.
// Emits: nothing: an order tells what became of a cart.
// Reacts to: nothing.
// Promises: one cart for a customer; what is put in is held for him, and what is checked out is ordered, all or nothing.
import { Cart1700000000041 } from './infrastructure/1700000000041-cart.migration';
import { cartSchemas } from './infrastructure/cart.schema';

export { CartApiModule, CartModule } from './cart.module';
export { CartCheckout } from './application/cart-checkout.service';
export { CartFilling } from './application/cart-filling.service';
export { CartQueries } from './application/cart.queries';
export const cartPersistence = { entities: cartSchemas, migrations: [Cart1700000000041] };
