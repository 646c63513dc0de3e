import { assign, Money } from '@holdfast/shared-kernel';

export interface OrderedProduct {
  productId: string;
  sku: string;
  name: string;
  unitPrice: Money;
  quantity: number;
}

export interface Placement {
  id: string;
  customerId: string;
  lines: OrderedProduct[];
  /** The total that the customer saw; the order is refused when prices have changed since. */
  expectedTotal?: Money;
  at: Date;
}

/** One product of an order, with its name and price at the time of the order. A line never changes. */
export class OrderLine {
  readonly orderId!: string;
  readonly lineNo!: number;
  readonly productId!: string;
  readonly sku!: string;
  readonly name!: string;
  readonly quantity!: number;
  private unitPriceThousandths!: bigint;
  private currency!: string;

  static of(orderId: string, lineNo: number, product: OrderedProduct): OrderLine {
    const { productId, sku, name, quantity, unitPrice } = product;
    const line = new OrderLine();
    assign<OrderLine>(line, { orderId, lineNo, productId, sku, name, quantity });
    line.unitPriceThousandths = unitPrice.thousandths;
    line.currency = unitPrice.currency;
    return line;
  }

  get unitPrice(): Money {
    return Money.of(this.unitPriceThousandths, this.currency);
  }

  get subtotal(): Money {
    return this.unitPrice.times(this.quantity);
  }
}
