/** One step of an order's history: written once, never changed. */
export class OrderTransition {
  readonly orderId!: string;
  readonly from!: string;
  readonly to!: string;
  readonly cause!: string;
  readonly at!: Date;

  static of(orderId: string, from: string, to: string, cause: string, at: Date): OrderTransition {
    return Object.assign(new OrderTransition(), { orderId, from, to, cause, at });
  }
}
