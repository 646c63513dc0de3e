import type { Outcome } from './delivery';
import type { WebhookAnswer } from './webhook-client';

/** A subscriber may ask for patience, but not for ever. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** Gone: the subscriber wants no more, ever. */
export const isGone = ({ responseStatus }: Outcome): boolean => responseStatus === 410;

/**
 * What an answer means. 2xx is success and nothing else is, a redirect neither; 410 is final; 429 and 503 may ask for a
 * longer wait. `delay` is what our schedule says (milliseconds), undefined after the last attempt.
 */
export function outcomeOf({ status, retryAfter }: WebhookAnswer, delay: number | undefined, now: Date): Outcome {
  if (status >= 200 && status < 300) return { status: 'sent', responseStatus: status };
  const error = `answered ${status}`;
  if (status === 410 || delay === undefined) return { status: 'dead', responseStatus: status, error };
  const asked = status === 429 || status === 503 ? waitAskedFor(retryAfter, now) : 0;
  return { status: 'pending', delay: Math.max(delay, asked), responseStatus: status, error };
}

export function outcomeOfFailure(failure: unknown, delay: number | undefined): Outcome {
  const error = failure instanceof Error ? failure.message : String(failure);
  return delay === undefined ? { status: 'dead', error } : { status: 'pending', delay, error };
}

/** Seconds or an HTTP date; nonsense asks for nothing. */
function waitAskedFor(retryAfter: string | undefined, now: Date): number {
  if (retryAfter === undefined) return 0;
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now.getTime();
  return Number.isNaN(wait) ? 0 : Math.min(Math.max(wait, 0), LONGEST_RETRY_AFTER_MS);
}
