import { Inject } from '@nestjs/common';
import { type LoadedSettings, type Reader, setting, Settings, settings } from '@holdfast/platform';
import { z } from 'zod';
import type { OrderLimits } from './domain/unpaid-orders';

const { durationOrNever, wholeNumber } = setting;

type Role = Reader['role'];

const ROLE_OF = new Map<string, Role>([
  ['customers', 'customer'],
  ['admins', 'admin'],
]);

/** A whole number for everybody, or one for each role: `5`, or `customers=5,admins=0`. 0 is no limit. */
const limitByRole = (byDefault: number) =>
  z
    .string()
    .default('')
    .transform((text, context): Record<Role, number> => {
      const limits = { customer: byDefault, admin: byDefault };
      for (const part of text ? text.split(',') : []) {
        const [, name, digits] = /^\s*(?:(\w+)\s*=\s*)?(\d{1,7})\s*$/.exec(part) ?? [];
        const role = ROLE_OF.get(name);
        if (digits === undefined || (name !== undefined && !role)) {
          context.addIssue({ code: 'custom', message: 'must be a whole number, or as customers=5,admins=0' });
          return z.NEVER;
        }
        for (const each of role ? [role] : ROLE_OF.values()) limits[each] = Number(digits);
      }
      return limits;
    });

/** How often, and how much, customers may order. */
export class OrderingSettings extends settings({
  RATE_LIMIT_ORDERS_PER_MINUTE: wholeNumber(5, 0, 1_000_000),
  CART_LINE_LIMIT: limitByRole(50),
  CART_LIMIT: limitByRole(199),
  UNPAID_ORDER_LIMIT: limitByRole(5),
  UNPAID_UNITS_LIMIT: limitByRole(500),
  BACKLOG_LIMIT: durationOrNever('5m'),
}) {
  private readonly canBePaid: boolean;

  constructor(@Inject(Settings) all: LoadedSettings) {
    super(all);
    const { PAYMENT_PROVIDERS: providers } = all;
    this.canBePaid = Array.isArray(providers) && providers.length > 0;
  }

  /** Without a payment provider nobody can pay an order, so their number has no limit. */
  limitsOf(role: Role): OrderLimits {
    const limit = ({ [role]: units }: Record<Role, number>) => units || Infinity;
    return {
      line: limit(this.CART_LINE_LIMIT),
      units: limit(this.CART_LIMIT),
      unpaidOrders: this.canBePaid ? limit(this.UNPAID_ORDER_LIMIT) : Infinity,
      unpaidUnits: limit(this.UNPAID_UNITS_LIMIT),
    };
  }
}
