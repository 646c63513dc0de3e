import { assign, Money } from '@holdfast/shared-kernel';
import type { Terms } from './order-totals';

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
  /** Where the goods go, and what is charged beside their prices; neither shipping nor tax unless given. */
  terms?: Terms;
  /** The total that the customer saw; the order is refused when prices have changed since. */
  expectedTotal?: Money;
  at: Date;
}

/** One product of an order, with its name, price and tax at the time of the order. A line never changes. */
export class OrderLine {
  readonly orderId!: string;
  readonly lineNo!: number;
  readonly productId!: string;
  readonly sku!: string;
  readonly name!: string;
  readonly quantity!: number;
  private unitPriceThousandths!: bigint;
  private currency!: string;
  private taxThousandths = 0n;

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

  /** The tax on all units, which the subtotal contains where the order's tax is inclusive. */
  get tax(): Money {
    return Money.of(this.taxThousandths, this.currency);
  }

  /** Called once, when the order is placed. */
  taxed({ thousandths }: Money): void {
    this.taxThousandths = thousandths;
  }

  get subtotal(): Money {
    return this.unitPrice.times(this.quantity);
  }
}
