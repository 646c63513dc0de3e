import { column, mapAggregate } from '@holdfast/platform';
import { CategoryNameTaken, ExternalIdTaken, SkuTaken } from '../domain/catalog.errors';
import { Category } from '../domain/category';
import { Hold } from '../domain/hold';
import { Product } from '../domain/product';
import { StockMovement } from '../domain/stock-movement';

const { boolean, count, thousandths, id, insertTime, integer, text, timestamp, uuid } = column;

export const categorySchemas = mapAggregate(Category, {
  table: 'catalog.categories',
  columns: {
    id,
    parentId: uuid('parent_id', true),
    name: text('name'),
    version: integer('version'),
    createdAt: timestamp('created_at'),
    updatedAt: timestamp('updated_at'),
  },
  refusals: { categories_sibling_name: () => new CategoryNameTaken() },
});

export const productSchemas = mapAggregate(Product, {
  table: 'catalog.products',
  columns: {
    id,
    sku: text('sku'),
    name: text('name'),
    // Long, and nothing that an order decides by: read only to change a product.
    description: { ...text('description'), select: false },
    priceThousandths: thousandths('price'),
    currency: text('currency'),
    onHand: count('on_hand'),
    active: boolean('active'),
    unitLimit: { ...integer('unit_limit'), nullable: true },
    categoryId: uuid('category_id', true),
    externalId: text('external_id', true),
    lowStockThreshold: { ...integer('low_stock_threshold'), nullable: true },
    image: { name: 'image', type: 'jsonb', nullable: true },
    // For pages of a product only: an order takes the first image along.
    moreImages: { name: 'more_images', type: 'jsonb', select: false },
    version: integer('version'),
    createdAt: timestamp('created_at'),
    updatedAt: timestamp('updated_at'),
    retiredAt: timestamp('retired_at', true),
  },
  children: [
    {
      property: 'movements',
      target: StockMovement,
      parentId: 'productId',
      loaded: false,
      table: 'catalog.stock_movements',
      columns: {
        id,
        productId: uuid('product_id'),
        kind: text('kind'),
        delta: count('delta'),
        balanceAfter: count('balance_after'),
        reason: text('reason', true),
        actorId: uuid('actor_id'),
        orderId: uuid('order_id', true),
        feedId: uuid('feed_id', true),
        // The product's row is locked until the commit, so these times rise as the movements do.
        at: insertTime('at'),
      },
    },
    {
      property: 'holds',
      target: Hold,
      parentId: 'productId',
      loaded: false,
      swept: true,
      table: 'catalog.holds',
      columns: {
        productId: { ...uuid('product_id'), primary: true },
        ownerId: { ...uuid('owner_id'), primary: true },
        quantity: integer('quantity'),
        expiresAt: timestamp('expires_at'),
        renewableUntil: timestamp('renewable_until'),
      },
    },
  ],
  refusals: { products_sku: () => new SkuTaken(), products_external_id: () => new ExternalIdTaken() },
});
