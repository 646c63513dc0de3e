import { Money } from '@holdfast/shared-kernel';
import fc from 'fast-check';
import { Payment } from './payment';
import type { ChargeState } from './payment-provider';
import { RefundExceedsCapture } from './payments.errors';
import { followRefund, requestRefund } from './refund';

const AT = new Date('2026-01-02T03:04:05.678Z');
const pounds = (amount: string) => Money.parse({ amount, currency: 'GBP' });
const captured = (amount = '10.00'): ChargeState => ({ status: 'captured', reference: 'r', captured: pounds(amount) });
const pending: ChargeState = { status: 'pending', reference: 'r', clientSecret: 'secret' };
const declined: ChargeState = { status: 'declined', reference: 'r', reason: 'no funds' };
const voided: ChargeState = { status: 'voided', reference: 'r' };

const aPayment = () => {
  const payment = Payment.open('o1', pounds('10.00'), AT);
  return { payment, attempt: payment.attemptWith('acme', AT) };
};
const typesOf = (payment: Payment) => payment.takeEvents().map(({ type }) => type.replace('payments.', ''));
const net = (payment: Payment) => payment.attempts.reduce((sum, { refundable }) => sum + refundable.thousandths, 0n);

describe('a payment', () => {
  it('starts, is pending, is captured, and records each once', () => {
    const { payment, attempt } = aPayment();
    expect(payment.follow(attempt, pending, AT)).toBe('applied');
    expect(payment.follow(attempt, pending, AT)).toBe('ignored');
    expect(payment.follow(attempt, captured(), AT)).toBe('applied');
    for (const repeated of [captured(), pending, declined, voided])
      expect(payment.follow(attempt, repeated, AT)).toBe('ignored');
    expect(payment.status).toBe('captured');
    expect(typesOf(payment)).toEqual(['payment-started', 'payment-captured']);
  });

  it('fails with its decline, and refunds what comes after that', () => {
    const { payment, attempt } = aPayment();
    payment.follow(attempt, declined, AT);
    expect([payment.status, typesOf(payment)]).toEqual(['failed', ['payment-failed']]);
    expect(payment.follow(attempt, captured(), AT)).toBe('applied');
    expect([payment.status, attempt.status, net(payment)]).toEqual(['failed', 'late', 0n]);
    expect(typesOf(payment)).toEqual(['refund-requested']);
  });

  it.each<[ChargeState, string, string[]]>([
    [voided, 'voided', []],
    [pending, 'started', []],
    [captured(), 'late', ['refund-requested']],
  ])(
    'ends without a provider while the effect of an attempt is unknown: %j is dealt with later',
    (state, now, recorded) => {
      const { payment, attempt } = aPayment();
      payment.failUnstarted('nobody took it', AT);
      expect([payment.status, typesOf(payment), payment.toVoid]).toEqual(['failed', ['payment-failed'], [attempt]]);
      payment.follow(attempt, state, AT);
      expect([payment.status, attempt.status, net(payment), typesOf(payment)]).toEqual(['failed', now, 0n, recorded]);
    },
  );

  it.each([pending, captured()])('does not end as without a provider once one has it: %j', (state) => {
    const { payment, attempt } = aPayment();
    payment.follow(attempt, state, AT);
    const { status } = payment;
    payment.failUnstarted('nobody took it', AT);
    expect(payment.status).toBe(status);
  });

  it.each(['9.99', '10.01', '1.00'])('is not captured by %s', (amount) => {
    const { payment, attempt } = aPayment();
    expect(payment.follow(attempt, captured(amount), AT)).toBe('amount-mismatch');
    expect([payment.status, net(payment), typesOf(payment)]).toEqual(['open', 0n, []]);
    payment.cancel(AT);
    expect(payment.follow(attempt, captured(amount), AT)).toBe('applied');
    expect([net(payment), payment.refunds[0]?.amount.toView().amount]).toEqual([0n, amount]);
  });

  it('is offered to another only when the one before does not have it', () => {
    const { payment, attempt } = aPayment();
    expect(payment.attemptWith('other', AT)).toBe(attempt);
    payment.giveUp(attempt, 'refused', AT);
    const other = payment.attemptWith('other', AT);
    expect([other.provider, other.id === attempt.id]).toEqual(['other', false]);
    payment.giveUp(other, 'voided', AT);
    const again = payment.attemptWith('acme', AT);
    expect(again).toBe(attempt); // under the same key as before
    payment.giveUp(again, 'refused', AT);
    const third = payment.attemptWith('other', AT);
    expect(third.id).not.toBe(other.id); // a voided key is spent
    payment.follow(third, pending, AT);
    payment.giveUp(third, 'voided', AT);
    expect(payment.status).toBe('open');
  });

  it('is never refunded by more than was captured, and once per id', () => {
    const { payment, attempt } = aPayment();
    expect(() => requestRefund(payment, 'r0', pounds('1.00'), AT)).toThrow(RefundExceedsCapture);
    payment.follow(attempt, captured(), AT);
    requestRefund(payment, 'r1', pounds('7.50'), AT);
    requestRefund(payment, 'r1', pounds('7.50'), AT);
    expect(() => requestRefund(payment, 'r2', pounds('2.51'), AT)).toThrow(RefundExceedsCapture);
    requestRefund(payment, 'r3', pounds('2.50'), AT);
    payment.takeEvents();
    payment.refunds.forEach((refund) => followRefund(payment, refund, { status: 'succeeded', reference: null }, AT));
    payment.refunds.forEach((refund) => followRefund(payment, refund, { status: 'succeeded', reference: null }, AT));
    expect(payment.takeEvents()).toMatchObject([{ inFull: false }, { inFull: true }]);
  });

  it('keeps money exactly for a payment that was captured and not canceled, in any order of any states', () => {
    const happenings: Record<string, (payment: Payment, attempt: ReturnType<Payment['attemptWith']>) => unknown> = {
      pending: (payment, attempt) => payment.follow(attempt, pending, AT),
      captured: (payment, attempt) => payment.follow(attempt, captured(), AT),
      declined: (payment, attempt) => payment.follow(attempt, declined, AT),
      voided: (payment, attempt) => payment.follow(attempt, voided, AT),
      cancel: (payment) => payment.cancel(AT),
      mismatch: (payment, attempt) => payment.follow(attempt, captured('9.00'), AT),
    };
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.keys(happenings)), { maxLength: 12 }), (sequence) => {
        const { payment, attempt } = aPayment();
        for (const name of sequence) happenings[name](payment, attempt);
        const types = typesOf(payment);
        const count = (type: string) => types.filter((each) => each === type).length;
        const isPaid =
          payment.status === 'captured' && !sequence.slice(sequence.indexOf('captured')).includes('cancel');
        expect(net(payment)).toBe(isPaid ? 10_000n : 0n);
        for (const type of ['payment-started', 'payment-captured', 'payment-failed', 'refund-requested'])
          expect(count(type)).toBeLessThanOrEqual(1);
        expect(count('payment-captured') + count('payment-failed')).toBeLessThanOrEqual(1);
        expect(count('payment-captured')).toBe(payment.status === 'captured' ? 1 : 0);
      }),
      { numRuns: 2_000 },
    );
  });
});
