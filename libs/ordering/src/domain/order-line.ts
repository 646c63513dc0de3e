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
  readonly orderId: string;
  readonly lineNo: number;
  readonly productId: string;
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  private readonly unitPriceHundredths: bigint;
  private readonly currency: string;

  static of(orderId: string, lineNo: number, { unitPrice, ...product }: OrderedProduct): OrderLine {
    const price = { unitPriceHundredths: unitPrice.hundredths, currency: unitPrice.currency };
    return Object.assign(new OrderLine(), { orderId, lineNo, ...product, ...price });
  }

  get unitPrice(): Money {
    return Money.of(this.unitPriceHundredths, this.currency);
  }

  get subtotal(): Money {
    return this.unitPrice.times(this.quantity);
  }
}
