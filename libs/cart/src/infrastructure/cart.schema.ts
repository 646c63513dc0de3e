import { column, mapAggregate } from '@holdfast/platform';
import { Cart } from '../domain/cart';
import { CartLine } from '../domain/cart-line';

const { integer, timestamp, uuid } = column;

export const cartSchemas = mapAggregate(Cart, {
  table: 'cart.carts',
  columns: {
    id: { ...uuid('customer_id'), primary: true },
    version: integer('version'),
    updatedAt: timestamp('updated_at'),
  },
  children: [
    {
      property: 'lines',
      target: CartLine,
      parentId: 'customerId',
      loaded: true,
      table: 'cart.lines',
      columns: {
        customerId: { ...uuid('customer_id'), primary: true },
        productId: { ...uuid('product_id'), primary: true },
        quantity: integer('quantity'),
        position: integer('position'),
      },
    },
  ],
});
