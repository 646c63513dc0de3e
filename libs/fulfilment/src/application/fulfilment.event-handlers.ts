import { Injectable } from '@nestjs/common';
import type { OrderPaid } from '@holdfast/contracts';
import { OnEvent } from '@holdfast/platform';
import { Shipping } from './shipping.service';

/** The events that fulfilment reacts to. */
@Injectable()
export class FulfilmentEventHandlers {
  constructor(private readonly shipping: Shipping) {}

  @OnEvent('ordering.order-paid')
  async open({ orderId }: OrderPaid): Promise<void> {
    await this.shipping.open(orderId);
  }
}
