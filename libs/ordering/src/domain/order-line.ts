import type { ProductImage } from '@holdfast/contracts';
import { assign, Money } from '@holdfast/shared-kernel';
import { taxOfFirst, type Terms } from './order-totals';

export interface OrderedProduct {
  productId: string;
  sku: string;
  name: string;
  image?: ProductImage | null;
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

/** Units that a refund takes of a line: before they left, with those that come back to stock, and after they left. */
export interface RefundedUnits {
  withdrawn: number;
  restocked: number;
  settled: number;
}

/**
 * One product of an order, with its name, image, price and tax at the time of the order, which never change, and what
 * became of its units.
 *
 * - shipped + refunded before shipping ≤ ordered; returned ≤ paid back after shipping ≤ shipped: no unit is paid twice.
 */
export class OrderLine {
  readonly orderId!: string;
  readonly lineNo!: number;
  readonly productId!: string;
  readonly sku!: string;
  readonly name!: string;
  readonly image!: ProductImage | null;
  readonly quantity!: number;
  private unitPriceThousandths!: bigint;
  private currency!: string;
  private taxThousandths = 0n;
  readonly shipped: number = 0;
  /** Units that were refunded before they left, so that they are not to be shipped. */
  readonly withdrawn: number = 0;
  /** Units that were refunded after they left, or came back. */
  readonly settled: number = 0;
  readonly returned: number = 0;
  /** Units that came back to stock, by a refund before they left or by a return. */
  readonly restocked: number = 0;

  static of(orderId: string, lineNo: number, product: OrderedProduct): OrderLine {
    const { productId, sku, name, image = null, quantity, unitPrice } = product;
    const line = new OrderLine();
    assign<OrderLine>(line, { orderId, lineNo, productId, sku, name, image, quantity });
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

  /** Units that are still to be shipped. */
  get left(): number {
    return this.quantity - this.shipped - this.withdrawn;
  }

  /** Units that are paid back, or settled by a return. */
  get refunded(): number {
    return this.withdrawn + this.settled;
  }

  /** What `units` more cost, beside those that are refunded already: their price, with their share of the tax on it. */
  priceOf(units: number, taxInclusive: boolean): Money {
    const price = this.unitPrice.times(units);
    if (taxInclusive) return price;
    const taxOf = (first: number) => taxOfFirst(first, this.quantity, this.tax).thousandths;
    return Money.of(price.thousandths + taxOf(this.refunded + units) - taxOf(this.refunded), this.currency);
  }

  ship(units: number): void {
    assign<OrderLine>(this, { shipped: this.shipped + units });
  }

  refund({ withdrawn, settled, restocked }: RefundedUnits): void {
    assign<OrderLine>(this, {
      withdrawn: this.withdrawn + withdrawn,
      settled: this.settled + settled,
      restocked: this.restocked + restocked,
    });
  }

  /**
   * Takes units back that left, and returns the price of those that are not paid back yet. Units that were refunded
   * after they left count first, unless an admin sets what is `paid`.
   */
  takeBack(units: number, restocked: number, isPaid: boolean, taxInclusive: boolean): Money {
    const returned = this.returned + units;
    const settled = isPaid ? Math.min(this.shipped, this.settled + units) : Math.max(this.settled, returned);
    const price = this.priceOf(settled - this.settled, taxInclusive);
    assign<OrderLine>(this, { returned, settled, restocked: this.restocked + restocked });
    return price;
  }
}
