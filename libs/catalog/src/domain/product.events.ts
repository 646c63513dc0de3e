import type { ProductChanged, ProductCreated, ProductImage, StockLow } from '@holdfast/contracts';
import type { Money } from '@holdfast/shared-kernel';

export interface ProductDetails {
  sku: string;
  name: string;
  description: string;
  price: Money;
  stock: number;
  active: boolean;
  /** The most units that one customer may have in orders; null for no limit. */
  unitLimit: number | null;
  categoryId: string | null;
  /** The product's id in another system. */
  externalId: string | null;
  /** Stock that falls to this number is low; null for no threshold. */
  lowStockThreshold: number | null;
  images: ProductImage[];
}

/** What a product has of the details that are not given. */
export const BLANK = {
  description: '',
  stock: 0,
  active: true,
  unitLimit: null,
  categoryId: null,
  externalId: null,
  lowStockThreshold: null,
  images: [] as ProductImage[],
};

/** Details that are left out are those of {@link BLANK}. */
export type NewProduct = Omit<ProductDetails, keyof typeof BLANK> & Partial<ProductDetails>;

/** SKUs are ASCII, and equal when they differ in case only. */
export const skuKey = (sku: string): string => sku.toLowerCase();

export type ProductChanges = Partial<Omit<ProductDetails, 'stock'>>;

export const productCreated = (productId: string, { price, ...details }: ProductDetails): ProductCreated => ({
  type: 'catalog.product-created',
  productId,
  ...details,
  price: price.toView(),
});

export const productChanged = (productId: string, { price, ...changes }: ProductChanges): ProductChanged => ({
  type: 'catalog.product-changed',
  productId,
  ...changes,
  ...(price && { price: price.toView() }),
});

/** Undefined unless stock falls from above the threshold to it, or below it. */
export function stockLow(
  { id: productId, sku, onHand: before, lowStockThreshold: threshold }: Watched,
  onHand: number,
): StockLow | undefined {
  if (threshold === null || before <= threshold || onHand > threshold) return undefined;
  return { type: 'catalog.stock-low', productId, sku, onHand, threshold };
}

/** Details as the fields of a product. The first image is apart from the others, since orders read no more of them. */
export const fieldsOf = <Details extends Pictured>({ price, images, ...details }: Details) => ({
  ...details,
  ...(price && { priceThousandths: price.thousandths, currency: price.currency }),
  ...(images && { image: images[0] ?? null, moreImages: images.slice(1) }),
});

type Pictured = Partial<Pick<ProductDetails, 'price' | 'images'>>;

interface Imaged {
  image: ProductImage | null;
  moreImages: ProductImage[];
}

export const imagesOf = ({ image, moreImages }: Imaged): ProductImage[] => (image ? [image, ...moreImages] : []);

interface Watched extends Pick<ProductDetails, 'sku' | 'lowStockThreshold'> {
  id: string;
  onHand: number;
}
