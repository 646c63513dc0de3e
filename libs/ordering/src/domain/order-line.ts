import { Money } from '@holdfast/shared-kernel';

export interface OrderedProduct {
  productId: string;
  sku: string;
  name: string;
  unitPrice: Money;
  quantity: number;
}

/** One product of an order, with the name and price it had when it was ordered. Never changed. */
export class OrderLine {
  readonly orderId!: string;
  readonly lineNo!: number;
  readonly productId!: string;
  readonly sku!: string;
  readonly name!: string;
  readonly quantity!: number;
  private readonly unitPriceThousandths!: bigint;
  private readonly currency!: string;

  static of(orderId: string, lineNo: number, product: OrderedProduct): OrderLine {
    const { productId, sku, name, quantity, unitPrice } = product;
    const price = { unitPriceThousandths: unitPrice.thousandths, currency: unitPrice.currency };
    return Object.assign(new OrderLine(), { orderId, lineNo, productId, sku, name, quantity, ...price });
  }

  get unitPrice(): Money {
    return Money.of(this.unitPriceThousandths, this.currency);
  }

  get subtotal(): Money {
    return this.unitPrice.times(this.quantity);
  }
}
