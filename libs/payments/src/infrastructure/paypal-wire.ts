import { decimalOf, Money, thousandthsOf } from '@holdfast/shared-kernel';
import { z } from 'zod';
import type { ChargeState, DisputeNotice, Notice, RefundState } from '../domain/payment-provider';
import { AmountNotCollectable } from '../domain/payments.errors';
import { readAs } from './provider-http';

/** The currencies that PayPal takes (developer.paypal.com/reference/currency-codes), and those without decimals. */
const CURRENCIES =
  'AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD'.split(' ');
const WITHOUT_DECIMALS = ['HUF', 'JPY', 'TWD'];

interface PayPalMoney {
  currency_code: string;
  value: string;
}

/** The amount as PayPal writes it. Throws {@link AmountNotCollectable} for one that PayPal does not take as it is. */
export function payPalMoneyOf(amount: Money): PayPalMoney {
  const { currency, thousandths } = amount;
  const [digits, step] = WITHOUT_DECIMALS.includes(currency) ? [0, 1_000n] : [2, 10n];
  if (!CURRENCIES.includes(currency) || thousandths % step !== 0n) throw new AmountNotCollectable('paypal', amount);
  const [whole, decimals] = decimalOf(thousandths).split('.');
  return { currency_code: currency, value: digits ? `${whole}.${decimals.slice(0, digits)}` : whole };
}

/** The money of an answer. PayPal may write zeros behind a currency without decimals. */
export const moneyOfPayPal = ({ currency_code, value }: PayPalMoney): Money =>
  Money.of(thousandthsOf(value), currency_code);

const money = z.object({ currency_code: z.string(), value: z.string().regex(/^\d{1,10}(\.\d{1,3})?$/) });
const link = z.object({ rel: z.string(), href: z.string() });
const links = z.array(link).default([]);
const custom = z.string().nullish();

const capture = z.object({
  ...{ id: z.string(), status: z.string(), amount: money, custom_id: custom, links },
  status_details: z.object({ reason: z.string().nullish() }).nullish(),
  supplementary_data: z.object({ related_ids: z.object({ order_id: z.string().nullish() }).nullish() }).nullish(),
});
type Capture = z.infer<typeof capture>;

const payments = z.object({ captures: z.array(capture).nullish() }).nullish();
export const orderSchema = z.object({
  ...{ id: z.string(), status: z.string(), links },
  purchase_units: z.array(z.object({ custom_id: custom, payments })).default([]),
});
export type Order = z.infer<typeof orderSchema>;

export const refundSchema = z.object({
  id: z.string(),
  status: z.string(),
  amount: money.nullish(),
  custom_id: custom,
  links,
});

const dispute = z.object({
  ...{ dispute_id: z.string(), status: z.string().nullish() },
  dispute_outcome: z.object({ outcome_code: z.string().nullish() }).nullish(),
  disputed_transactions: z.array(z.object({ seller_transaction_id: z.string().nullish(), custom })).default([]),
});

const event = z.object({ id: z.string().min(1).max(255), event_type: z.string() });
const about = <T extends z.ZodType>(resource: T) => z.object({ resource });
export const tokenSchema = z.object({ access_token: z.string(), expires_in: z.number() });
const refusal = z.object({ name: z.string(), details: z.array(z.object({ issue: z.string() })).nullish() });

/** Outcomes of a dispute that leave the shop its money. */
const WON = ['RESOLVED_SELLER_FAVOUR', 'RESOLVED_WITH_PAYOUT', 'CANCELED_BY_BUYER', 'DENIED'];

/** Why PayPal refused: its issue, such as INSTRUMENT_DECLINED, or the name of the error. */
export function issueIn(text: string): string {
  try {
    const { name, details } = refusal.parse(JSON.parse(text));
    return details?.[0]?.issue ?? name;
  } catch {
    return 'no reason given'; // The answer is not in PayPal's form, from a proxy perhaps; its status says enough.
  }
}

const isCaptured = ({ status }: Capture): boolean => ['COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED'].includes(status);

/** The capture that counts: one that has the money before one that may get it before one that failed. */
export function captureOf({ purchase_units: units }: Order): Capture | undefined {
  const captures = units.flatMap(({ payments: made }) => made?.captures ?? []);
  return captures.find(isCaptured) ?? captures.find(({ status }) => status === 'PENDING') ?? captures[0];
}

export function stateOf(found: Order): ChargeState {
  const { id: reference, status } = found;
  const made = captureOf(found);
  if (made) return captureStateOf(made, reference);
  if (status === 'VOIDED') return { status: 'voided', reference, reason: 'voided at the provider' };
  const approval = found.links.find(({ rel }) => rel === 'payer-action' || rel === 'approve');
  return { status: 'pending', reference, approvalUrl: approval?.href };
}

function captureStateOf(made: Capture, orderReference: string | null): ChargeState {
  if (isCaptured(made)) return { status: 'captured', reference: made.id, captured: moneyOfPayPal(made.amount) };
  const reason = made.status_details?.reason ?? made.status;
  if (made.status === 'PENDING') return { status: 'processing', reference: orderReference, reason };
  return { status: 'declined', reference: orderReference, reason };
}

export function refundStateOf({ id: reference, status }: z.infer<typeof refundSchema>): RefundState {
  if (status === 'COMPLETED') return { status: 'succeeded', reference };
  return status === 'PENDING' ? { status: 'pending', reference } : { status: 'failed', reference, reason: status };
}

/** Our keys in what we gave PayPal to keep: the attempt's, and in a refund of ours the refund's behind a dot. */
function keysIn(text: string | null | undefined): { key?: string; refundKey?: string } {
  const [, key, refundKey] = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.(.+))?$/.exec(text ?? '') ?? [];
  return { key, refundKey };
}

/** The notice of an event; undefined for a type that is not used. Throws WebhookMalformed. */
export function noticeOf(json: unknown): Notice | undefined {
  const { id, event_type: type } = readAs(event, json);
  switch (type) {
    case 'CHECKOUT.ORDER.APPROVED': {
      const { resource } = readAs(about(orderSchema), json);
      const { key } = keysIn(resource.purchase_units[0]?.custom_id);
      return { id, type, key, reference: resource.id, news: { about: 'approval' } };
    }
    case 'PAYMENT.CAPTURE.COMPLETED':
    case 'PAYMENT.CAPTURE.PENDING':
    case 'PAYMENT.CAPTURE.DECLINED':
    case 'PAYMENT.CAPTURE.DENIED': {
      const { resource } = readAs(about(capture), json);
      const orderReference = resource.supplementary_data?.related_ids?.order_id ?? null;
      const { key } = keysIn(resource.custom_id);
      const reference = orderReference ?? resource.id;
      return { id, type, key, reference, news: { about: 'charge', state: captureStateOf(resource, orderReference) } };
    }
    case 'PAYMENT.CAPTURE.REFUNDED':
    case 'PAYMENT.CAPTURE.REVERSED':
    case 'PAYMENT.REFUND.PENDING':
    case 'PAYMENT.REFUND.FAILED':
      return refundNoticeOf(id, type, json);
    case 'CUSTOMER.DISPUTE.CREATED':
    case 'CUSTOMER.DISPUTE.UPDATED':
    case 'CUSTOMER.DISPUTE.RESOLVED': {
      const { resource } = readAs(about(dispute), json);
      const [disputed] = resource.disputed_transactions;
      const reference = disputed?.seller_transaction_id ?? undefined;
      const { key } = keysIn(disputed?.custom);
      const news = { reference: resource.dispute_id, status: disputeStatusOf(resource) };
      return reference || key ? { id, type, key, reference, news: { about: 'dispute', dispute: news } } : undefined;
    }
    default:
      return undefined;
  }
}

/** What went back: a refund, which links its capture, or the capture itself, which PayPal then took back as a whole. */
function refundNoticeOf(id: string, type: string, json: unknown): Notice {
  const { resource } = readAs(about(refundSchema.extend({ amount: money })), json);
  const amount = moneyOfPayPal(resource.amount);
  const { key, refundKey } = keysIn(resource.custom_id);
  const up = resource.links.find(({ rel }) => rel === 'up')?.href ?? '';
  const reference = /\/captures\/([^/?]+)/.exec(up)?.[1];
  if (!reference) return { id, type, key, reference: resource.id, news: { about: 'refund-total', total: amount } };
  const news = { ...refundStateOf(resource), key: refundKey, amount };
  return { id, type, key, reference, news: { about: 'refund', refund: news } };
}

function disputeStatusOf({ status, dispute_outcome: outcome }: z.infer<typeof dispute>): DisputeNotice['status'] {
  if (status !== 'RESOLVED') return 'open';
  return WON.includes(outcome?.outcome_code ?? '') ? 'won' : 'lost';
}
