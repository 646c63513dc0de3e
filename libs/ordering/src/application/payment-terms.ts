import { Injectable } from '@nestjs/common';
import type { Money } from '@holdfast/shared-kernel';
import { TotalNotPayable } from '../domain/ordering.errors';

/** Which totals can be paid: every total, unless the context that collects payments restricts them. */
@Injectable()
export class PaymentTerms {
  private isPayable = (_total: Money): boolean => true;

  /** Called once, at start. `isPayable` decides from its argument alone, without any call. */
  define(isPayable: (total: Money) => boolean): void {
    this.isPayable = isPayable;
  }

  /** Throws TotalNotPayable. A total of zero needs no payment. */
  ensurePayable(total: Money): void {
    if (total.thousandths > 0n && !this.isPayable(total)) throw new TotalNotPayable(total);
  }
}
