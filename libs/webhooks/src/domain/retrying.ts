import type { Outcome } from './delivery';
import type { WebhookAnswer } from './webhook-client';

/** The longest wait that a subscriber's `Retry-After` can ask for. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** 410: the subscriber ends its subscription. */
export const isGone = ({ responseStatus }: Outcome): boolean => responseStatus === 410;

/**
 * Judges an answer: 2xx alone is success, so a redirect fails; 410 is final; 429 and 503 may ask for a longer wait.
 * `delay` is the scheduled wait in milliseconds, undefined after the last attempt.
 */
export function outcomeOf({ status, retryAfter }: WebhookAnswer, delay: number | undefined, now: Date): Outcome {
  if (status >= 200 && status < 300) return { status: 'sent', responseStatus: status };
  const error = `answered ${status}`;
  if (status === 410 || delay === undefined) return { status: 'dead', responseStatus: status, error };
  const asked = status === 429 || status === 503 ? retryAfterMs(retryAfter, now) : 0;
  return { status: 'pending', delay: Math.max(delay, asked), responseStatus: status, error };
}

export function outcomeOfFailure(failure: unknown, delay: number | undefined): Outcome {
  const error = failure instanceof Error ? failure.message : String(failure);
  return delay === undefined ? { status: 'dead', error } : { status: 'pending', delay, error };
}

/** `Retry-After` in milliseconds, from seconds or an HTTP date; 0 for anything else. */
function retryAfterMs(retryAfter: string | undefined, now: Date): number {
  if (retryAfter === undefined) return 0;
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now.getTime();
  return Number.isNaN(wait) ? 0 : Math.min(Math.max(wait, 0), LONGEST_RETRY_AFTER_MS);
}
