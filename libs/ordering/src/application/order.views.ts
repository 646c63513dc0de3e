import type { ProductImage } from '@holdfast/contracts';
import { type Address, type MoneyView, orderNumber } from '@holdfast/shared-kernel';
import type { Order } from '../domain/order';
import type { OrderReturn, Shipment } from '../domain/delivery';
import type { OrderStatus, PaymentStatus } from '../domain/order-status';

export interface OrderLineView {
  productId: string;
  sku: string;
  name: string;
  image: ProductImage | null;
  quantity: number;
  unitPrice: MoneyView;
  subtotal: MoneyView;
  /** Units. */
  shipped: number;
  refunded: number;
  returned: number;
}

export interface OrderPaymentView {
  status: PaymentStatus;
  provider: string;
  clientSecret?: string;
  approvalUrl?: string;
}

export interface TaxView {
  amount: MoneyView;
  /** Whether `subtotal` and `shipping` contain the tax. */
  inclusive: boolean;
}

export interface OrderView {
  id: string;
  number: string;
  customerId: string;
  status: OrderStatus;
  items: OrderLineView[];
  subtotal: MoneyView;
  shipping: MoneyView;
  shippingMethod: string | null;
  tax: TaxView;
  total: MoneyView;
  shipTo: Address | null;
  payment: OrderPaymentView | null;
  refunded: MoneyView;
  shipments: readonly Shipment[];
  returns: readonly OrderReturn[];
  disputed: boolean;
  version: number;
  placedAt: string;
  updatedAt: string;
}

export interface OrderTransitionView {
  from: string;
  to: string;
  at: string;
  cause: string;
}

/** The view of an order in its unit of work; `order.queries.ts` reads the same view from the tables. */
export const orderView = (order: Order): OrderView => ({
  id: order.id,
  number: orderNumber(order.id),
  customerId: order.customerId,
  status: order.status,
  items: order.lines.map(
    ({ productId, sku, name, image, quantity, unitPrice, subtotal, shipped, refunded, returned }) => ({
      ...{ productId, sku, name, image, quantity, shipped, refunded, returned },
      unitPrice: unitPrice.toView(),
      subtotal: subtotal.toView(),
    }),
  ),
  subtotal: order.subtotal.toView(),
  shipping: order.shipping.toView(),
  shippingMethod: order.shippingMethod,
  tax: { amount: order.tax.toView(), inclusive: order.taxInclusive },
  total: order.total.toView(),
  shipTo: order.shipTo,
  payment: paymentView(order),
  refunded: order.refunded.toView(),
  shipments: order.shipments,
  returns: order.returns,
  disputed: order.disputed,
  version: order.version,
  placedAt: order.placedAt.toISOString(),
  updatedAt: order.updatedAt.toISOString(),
});

function paymentView({
  paymentStatus: status,
  paymentProvider: provider,
  clientSecret,
  approvalUrl,
}: Order): OrderPaymentView | null {
  if (!status || !provider) return null;
  return { status, provider, ...(clientSecret && { clientSecret }), ...(approvalUrl && { approvalUrl }) };
}
