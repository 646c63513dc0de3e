import type { RecoveryLetter } from '@holdfast/account-recovery';
import type { AccountChanged } from '@holdfast/contracts';
import { Money, type MoneyView, orderNumber } from '@holdfast/shared-kernel';
import type { Alert, Notice, OrderFacts, ProductLowOnStock, Report } from '../domain/message';
import type { Mail } from './ports';

const subject = ({ occasion, facts: { parcel } }: Notice): string =>
  ({
    placed: 'We have your order',
    paid: 'Order confirmed',
    canceled: 'Your order is canceled',
    refunded: 'Your refund is on its way',
    shipped: parcel?.left.length ? 'Part of your order is on its way' : 'Your order is on its way',
    'return-requested': 'We have your request to return goods',
    'return-received': 'Your return has arrived',
    'return-rejected': 'We cannot accept your return',
  })[occasion];

const opening = ({ occasion, facts: { refunded, parcel, returned, reason, lines } }: Notice): string =>
  ({
    placed: 'Thank you for your order! Everything in it is set aside for you.',
    paid: 'Order confirmed! Your payment has arrived, and we are getting your things ready.',
    canceled: 'Your order is canceled. If you have paid anything for it, you get it back.',
    refunded: `We have sent you back ${refunded ? price(refunded) : 'your money'}. It may take some days to reach you.`,
    shipped: [
      `${parcel?.left.length ? 'Part of your order' : 'Your order'} is on its way: ${unitsOf(parcel?.items, lines)}.`,
      ...(parcel?.left.length ? [`Still to come: ${unitsOf(parcel.left, lines)}.`] : []),
      ...trackingOf(parcel),
    ].join(' '),
    'return-requested':
      `We have your request to return ${unitsOf(returned, lines)}. ` +
      'Send the goods back to us: we write again when they have arrived.',
    'return-received':
      `Your return has arrived: ${unitsOf(returned, lines)}.` +
      (refunded && Number(refunded.amount) > 0 ? ` We pay back ${price(refunded)}.` : ''),
    'return-rejected': `We cannot accept your return: ${oneLine(reason ?? '')}`,
  })[occasion];

const unitsOf = (units: { productId: string; quantity: number }[] = [], lines: OrderFacts['lines']): string =>
  units
    .map(({ productId, quantity }) => {
      const name = lines.find((line) => line.productId === productId)?.name ?? productId;
      return `${quantity} × ${oneLine(name)}`;
    })
    .join(', ');

/** Without a link, the carrier and the number. */
function trackingOf({
  carrier,
  trackingNumber,
  trackingUrl,
}: Partial<NonNullable<OrderFacts['parcel']>> = {}): string[] {
  if (trackingUrl) return [`Follow it here: ${trackingUrl}`];
  const sender = [carrier, trackingNumber].filter((each) => each).map((each) => oneLine(each!));
  return sender.length ? [`It comes with ${sender.join(', ')}.`] : [];
}

/** The amount in English notation; exact, because the decimal string never becomes a float. */
const price = ({ amount, currency }: MoneyView): string =>
  formatOf(currency).format(amount as Intl.StringNumericLiteral);

const formats = new Map<string, Intl.NumberFormat>();

/** Making a format costs a hundred times as much as using it. */
function formatOf(currency: string): Intl.NumberFormat {
  const known = formats.get(currency) ?? new Intl.NumberFormat('en-GB', { style: 'currency', currency });
  formats.set(currency, known);
  return known;
}

/** A product's name on one line, without control characters. */
const oneLine = (name: string): string => name.replace(/[\s\p{C}]+/gu, ' ').trim();

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]);

export function mailTexts(notice: Notice): Pick<Mail, 'subject' | 'text' | 'html'> {
  const number = orderNumber(notice.orderId);
  const total = price(notice.facts.total);
  const lines = notice.facts.lines.map(({ quantity, name, unitPrice }) => ({
    what: `${quantity} × ${oneLine(name)}`,
    subtotal: price(Money.parse(unitPrice).times(quantity).toView()),
  }));
  return {
    subject: `${subject(notice)}: ${number}`,
    text: [
      opening(notice),
      `Order ${number}`,
      lines.map(({ what, subtotal }) => `  ${what}: ${subtotal}`).join('\n'),
      `Total: ${total}\n`,
    ].join('\n\n'),
    html: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${number}</title></head>
<body style="font-family: sans-serif">
<p>${escape(opening(notice))}</p>
<p>Order <strong>${number}</strong></p>
<table cellpadding="4">
${lines.map(htmlLine).join('\n')}
<tr><td><strong>Total</strong></td><td align="right"><strong>${escape(total)}</strong></td></tr>
</table>
</body></html>
`,
  };
}

const htmlLine = ({ what, subtotal }: { what: string; subtotal: string }): string =>
  `<tr><td>${escape(what)}</td><td align="right">${escape(subtotal)}</td></tr>`;

export const smsText = (notice: Notice): string => `${opening(notice)} Order ${orderNumber(notice.orderId)}.`;

/** What those who run the shop read, in plain text. */
export const reportTexts = (report: Report): Pick<Mail, 'subject' | 'text'> =>
  report.occasion === 'alerts' ? alertTexts(report.facts) : lowStockTexts(report.facts);

type FactsOf<Occasion> = Extract<Report, { occasion: Occasion }>['facts'];

function alertTexts({ deadLetters, failedRefunds, first }: FactsOf<'alerts'>): Pick<Mail, 'subject' | 'text'> {
  const subject = [
    ...(deadLetters ? [counted(deadLetters, 'dead letter')] : []),
    ...(failedRefunds ? [counted(failedRefunds, 'failed refund')] : []),
  ].join(' and ');
  const paragraphs = [
    ...(deadLetters
      ? [
          'A dead letter is an event whose handling failed in every attempt: GET /v1/admin/outbox?status=dead shows why.',
        ]
      : []),
    ...(failedRefunds ? ['A failed refund has paid nothing back. Its order shows it; refund it again.'] : []),
    listed(first.map(alertLine), deadLetters + failedRefunds),
  ];
  return { subject, text: paragraphs.join('\n\n') };
}

const alertLine = ({ kind, facts }: Alert): string =>
  kind === 'dead-letter'
    ? `${facts.occurredAt} ${facts.type} ${facts.eventId}`
    : `Refund of ${price(facts.amount)} for the order ${orderNumber(facts.orderId)}: ${oneLine(facts.reason)}`;

function lowStockTexts({ count, first }: FactsOf<'low-stock'>): Pick<Mail, 'subject' | 'text'> {
  const subject = `${counted(count, 'product')} low on stock`;
  const lines = first.map(stockLine);
  return {
    subject,
    text: `Products with at most as many units on hand as their threshold:\n\n${listed(lines, count)}`,
  };
}

const stockLine = ({ sku, name, onHand, threshold }: ProductLowOnStock): string =>
  `${oneLine(sku)} ${oneLine(name)}: ${onHand} on hand, threshold ${threshold}`;

const counted = (count: number, what: string): string =>
  `${count.toLocaleString('en-GB')} ${what}${count === 1 ? '' : 's'}`;

const listed = (lines: string[], count: number): string =>
  [
    ...lines.map((line) => `  ${line}`),
    ...(count > lines.length ? [`  and ${(count - lines.length).toLocaleString('en-GB')} more`] : []),
    '',
  ].join('\n');

const FIELDS: Record<AccountChanged['changed'][number], string> = {
  username: 'username',
  email: 'e-mail address',
  password: 'password',
};

const PENDING = 'The new address counts once it is verified; until then this one stays.';

export function accountChangedTexts(changed: AccountChanged['changed']): Pick<Mail, 'subject' | 'text' | 'html'> {
  const subject = `Your ${changed.map((field) => FIELDS[field]).join(', ')} changed`;
  const warning = 'If you did not make this change, contact us at once: someone else may know your password.';
  const text = [`${subject}.`, ...(changed.includes('email') ? [PENDING] : []), warning].join(' ');
  return { subject, text: `${text}\n`, html: page(subject, `<p>${text}</p>`) };
}

const LETTERS: Record<RecoveryLetter['purpose'], { subject: string; purpose: string; warning: string }> = {
  'password-reset': {
    subject: 'Reset your password',
    purpose: 'choose a new password',
    warning: 'If you did not ask for it, ignore this mail: your password stays as it is.',
  },
  'email-verification': {
    subject: 'Verify your e-mail address',
    purpose: 'verify this address',
    warning: 'If you did not ask for it, ignore this mail: somebody may have mistyped their address.',
  },
};

/** A mail with a one-time token, which stands in the text alone. */
export function recoveryTexts({
  purpose,
  link,
  token,
  minutes,
}: RecoveryLetter): Pick<Mail, 'subject' | 'text' | 'html'> {
  const { subject, purpose: aim, warning } = LETTERS[purpose];
  const how = link ? `Open this link to ${aim}:` : `Enter this code in the app to ${aim}:`;
  const time = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  const term = `It serves once, for ${time}; a newer mail ends it.`;
  const code = escape(link ?? token);
  return {
    subject,
    text: [how, link ?? token, `${term} ${warning}\n`].join('\n\n'),
    html: page(
      subject,
      `<p>${how}</p>\n<p>${link ? `<a href="${code}">${code}</a>` : code}</p>\n<p>${term} ${warning}</p>`,
    ),
  };
}

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>
<body style="font-family: sans-serif">${body}</body></html>
`;
