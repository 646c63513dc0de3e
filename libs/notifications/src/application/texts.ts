import { Money, type MoneyView, orderNumber } from '@holdfast/shared-kernel';
import type { Outgoing } from '../domain/message';
import type { Mail } from './ports';

type Told = Pick<Outgoing, 'occasion' | 'orderId' | 'facts'>;

const subject = ({ occasion, facts: { inFull } }: Told): string =>
  ({
    placed: 'We have your order',
    paid: 'Order confirmed',
    canceled: 'Your order is canceled',
    refunded: inFull ? 'Your order is canceled, and your refund is on its way' : 'Your refund is on its way',
  })[occasion];

const opening = ({ occasion, facts: { refunded, inFull } }: Told): string =>
  ({
    placed: 'Thank you for your order! Everything in it is set aside for you.',
    paid: 'Order confirmed! Your payment has arrived, and we are getting your things ready.',
    canceled: 'Your order is canceled. If you have paid anything for it, you get it back.',
    refunded:
      `${inFull ? 'Your order is canceled, and we' : 'We'} have sent you back ${refunded ? price(refunded) : 'your money'}. ` +
      'It may take some days to reach you.',
  })[occasion];

/** As people write it; exact, because the decimal string never becomes a float. */
const price = ({ amount, currency }: MoneyView): string =>
  new Intl.NumberFormat('en-GB', { style: 'currency', currency }).format(amount as Intl.StringNumericLiteral);

/** What others named fits on its line, whatever they put into it. */
const oneLine = (name: string): string => name.replace(/[\s\p{C}]+/gu, ' ').trim();

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]);

export function mailTexts(told: Told): Pick<Mail, 'subject' | 'text' | 'html'> {
  const number = orderNumber(told.orderId);
  const total = price(told.facts.total);
  const lines = told.facts.lines.map(({ quantity, name, unitPrice }) => ({
    what: `${quantity} × ${oneLine(name)}`,
    subtotal: price(Money.parse(unitPrice).times(quantity).toView()),
  }));
  return {
    subject: `${subject(told)}: ${number}`,
    text: [
      opening(told),
      `Order ${number}`,
      lines.map(({ what, subtotal }) => `  ${what}: ${subtotal}`).join('\n'),
      `Total: ${total}\n`,
    ].join('\n\n'),
    html: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${number}</title></head>
<body style="font-family: sans-serif">
<p>${escape(opening(told))}</p>
<p>Order <strong>${number}</strong></p>
<table cellpadding="4">
${lines.map(({ what, subtotal }) => `<tr><td>${escape(what)}</td><td align="right">${escape(subtotal)}</td></tr>`).join('\n')}
<tr><td><strong>Total</strong></td><td align="right"><strong>${escape(total)}</strong></td></tr>
</table>
</body></html>
`,
  };
}

export const smsText = (told: Told): string => `${opening(told)} Order ${orderNumber(told.orderId)}.`;
