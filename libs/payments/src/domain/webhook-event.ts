/** `amount-mismatch`: money came, but not the sum that was asked; somebody has to look. */
export type Verdict = 'applied' | 'ignored' | 'amount-mismatch';

/** One webhook, kept for good: its event id is never applied twice. */
export class WebhookEvent {
  readonly provider!: string;
  readonly eventId!: string;
  readonly paymentId!: string;
  readonly attemptId!: string | null;
  readonly type!: string;
  readonly verdict!: Verdict;
  readonly receivedAt!: Date;

  static of(fields: {
    provider: string;
    eventId: string;
    paymentId: string;
    attemptId: string | null;
    type: string;
    verdict: Verdict;
    receivedAt: Date;
  }): WebhookEvent {
    return Object.assign(new WebhookEvent(), fields);
  }
}
