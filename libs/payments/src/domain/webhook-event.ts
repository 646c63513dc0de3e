import { assign } from '@holdfast/shared-kernel';
import type { Attempt } from './attempt';
import type { Notice } from './payment-provider';

/** `amount-mismatch`: the captured amount is not the requested one; an admin has to look at it. */
export type Verdict = 'applied' | 'ignored' | 'amount-mismatch';

/** One webhook, kept for good: no event id is applied twice. */
export class WebhookEvent {
  readonly provider!: string;
  readonly eventId!: string;
  readonly paymentId!: string;
  readonly attemptId!: string | null;
  readonly type!: string;
  readonly verdict!: Verdict;
  readonly receivedAt!: Date;

  static of(provider: string, { id, type }: Notice, attempt: Attempt, verdict: Verdict, at: Date): WebhookEvent {
    const event = new WebhookEvent();
    const { paymentId, id: attemptId } = attempt;
    assign<WebhookEvent>(event, { provider, eventId: id, paymentId, attemptId, type, verdict, receivedAt: at });
    return event;
  }
}
