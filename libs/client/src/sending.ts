import { isProblem, Problem, type ProblemBody, Unreachable } from './problem';

export interface Attempts {
  fetch: typeof fetch;
  /** At most so many. */
  attempts: number;
  /** Of one attempt, in ms. */
  timeout: number;
  /** The longest wait before a repeat, in ms: a shop that asks for more time is answered to the caller. */
  maxDelay: number;
}

/** A request that is ready to be sent, any number of times. */
export interface Outgoing {
  operation: string;
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
  /** Whether it has no second effect when the answer of the first was lost. */
  isRepeatable: boolean;
  signal?: AbortSignal;
}

const FIRST_DELAY_MS = 200;

/** A key for one intent, 128 bits of it random. */
export function newKey(): string {
  // Not every React Native has `crypto`. A key is only looked up among its own customer's, so this is random enough.
  return globalThis.crypto?.randomUUID?.() ?? Array.from({ length: 4 }, randomWord).join('-');
}

const randomWord = (): string => Math.floor(Math.random() * 2 ** 32).toString(36);

/** The answer; throws the {@link Problem} or {@link Unreachable} of the last attempt. */
export async function send(request: Outgoing, { fetch, attempts, timeout, maxDelay }: Attempts): Promise<unknown> {
  let wasLost = false;
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt >= attempts;
    let delay = Math.random() * Math.min(maxDelay, FIRST_DELAY_MS * 2 ** attempt);
    try {
      return await answerOf(request, fetch, timeout);
    } catch (error) {
      if (request.signal?.aborted) throw error;
      if (isProblem(error)) {
        // What was deleted by the attempt whose answer was lost.
        if (error.status === 404 && wasLost && request.method === 'DELETE') return undefined;
        if (isLast || !isForNow(error) || (error.retryAfter ?? 0) * 1_000 > maxDelay) throw error;
        // Not before it was asked for, and not all at that moment.
        delay += (error.retryAfter ?? 0) * 1_000;
      } else {
        if (isLast || !request.isRepeatable) throw error;
        wasLost = true;
      }
    }
    await pause(delay, request.signal);
  }
}

/** Whether the request was refused for the moment, without an effect. */
const isForNow = ({ status, code }: Problem): boolean =>
  status === 429 || status === 503 || code === 'idempotency-key-in-use';

async function answerOf(request: Outgoing, fetch: Attempts['fetch'], timeout: number): Promise<unknown> {
  const { operation, url, method, headers, body, signal } = request;
  const limit = new AbortController();
  const stop = () => limit.abort(signal?.reason);
  const timer = setTimeout(() => limit.abort(new Error(`no answer within ${timeout} ms`)), timeout);
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  try {
    const response = await fetch(url, { method, headers, body, signal: limit.signal });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    if (response.ok) return text === '' ? undefined : /\bjson\b/.test(type) ? (JSON.parse(text) as unknown) : text;
    if (!type.includes('application/problem+json')) throw new Error(`${response.status} of something before the shop`);
    throw new Problem(JSON.parse(text) as ProblemBody, secondsOf(response.headers.get('retry-after')));
  } catch (error) {
    if (isProblem(error) || signal?.aborted) throw error;
    throw new Unreachable(operation, headers['idempotency-key'], error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

const secondsOf = (header: string | null): number | undefined =>
  header !== null && /^\d+$/.test(header) ? Number(header) : undefined;

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      if (signal?.aborted) reject(signal.reason as Error);
      else resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
