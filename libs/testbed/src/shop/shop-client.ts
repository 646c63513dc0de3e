import { setTimeout as sleep } from 'node:timers/promises';

export interface Account {
  username: string;
  password: string;
}

/** RFC 9457, as far as the demo reads it. */
export interface Problem {
  code: string;
  detail: string;
}

/** `replayed`: stored under its Idempotency-Key when it was asked for before. */
export type Answer<Body> =
  { ok: true; status: number; body: Body; replayed: boolean } | { ok: false; status: number; problem: Problem };

/** Counted over all who share it. */
export interface Traffic {
  requests: number;
  repeated: number;
}

interface Tokens {
  accessToken: string;
  refreshToken: string;
}

interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: object;
  /** The Idempotency-Key. */
  key?: string;
}

/** The waits between retries double, to about 13 seconds in all: a service that is restarted is back by then. */
const ATTEMPTS = 7;
const TIMEOUT_MS = 30_000;
const LONGEST_WAIT_S = 60;

/** The service gave no answer to any try. */
export class Unreachable extends Error {}

/** An answer that the demo cannot go on from. */
export class UnexpectedAnswer extends Error {
  constructor(what: string, { status, problem }: { status: number; problem: Problem }) {
    super(`${what} was answered ${status} ${problem.code}: ${problem.detail}`);
  }
}

/**
 * A client of the API for one account: keeps it logged in, and retries what the service asks to retry. Every request
 * of the demo is safe to repeat: it reads, has an Idempotency-Key or a unique name, or its answer is checked.
 */
export class ShopClient {
  private session?: Promise<Tokens>;

  constructor(
    private readonly baseUrl: string,
    private readonly account: Account,
    private readonly traffic: Traffic = { requests: 0, repeated: 0 },
  ) {}

  /** Registers the account, unless it exists. */
  async register(email: string): Promise<void> {
    const answer = await this.send({ method: 'POST', path: '/v1/customers', body: { ...this.account, email } });
    if (!answer.ok && answer.problem.code !== 'username-taken')
      throw new UnexpectedAnswer(`Registering ${email}`, answer);
  }

  post<Body>(path: string, body: object | undefined, key?: string): Promise<Answer<Body>> {
    return this.ask({ method: 'POST', path, body, key });
  }

  get<Body>(path: string): Promise<Answer<Body>> {
    return this.ask({ method: 'GET', path });
  }

  put<Body>(path: string, body: object): Promise<Answer<Body>> {
    return this.ask({ method: 'PUT', path, body });
  }

  delete(path: string): Promise<Answer<unknown>> {
    return this.ask({ method: 'DELETE', path });
  }

  /** Every page of a list. */
  async list<Item>(path: string, filter: Record<string, string> = {}): Promise<Item[]> {
    const query = new URLSearchParams({ ...filter, limit: '100' });
    const items: Item[] = [];
    for (;;) {
      const request: Request = { method: 'GET', path: `${path}?${query.toString()}` };
      const page = await this.ask<{ items: Item[]; nextCursor: string | null }>(request);
      if (!page.ok) throw new UnexpectedAnswer(`Listing ${path}`, page);
      items.push(...page.body.items);
      if (page.body.nextCursor === null) return items;
      query.set('cursor', page.body.nextCursor);
    }
  }

  private async ask<Body>(request: Request): Promise<Answer<Body>> {
    const session = (this.session ??= this.logIn());
    const answer = await this.send<Body>(request, (await session).accessToken);
    if (answer.status !== 401) return answer;
    // The first of several who sees it renews for all: a refresh token serves once.
    if (this.session === session) this.session = this.renew(await session);
    return this.send<Body>(request, (await this.session).accessToken);
  }

  private async logIn(): Promise<Tokens> {
    const answer = await this.send<Tokens>({ method: 'POST', path: '/v1/auth/token', body: this.account });
    if (!answer.ok) throw new UnexpectedAnswer(`Logging in as ${this.account.username}`, answer);
    return answer.body;
  }

  private async renew({ refreshToken }: Tokens): Promise<Tokens> {
    const answer = await this.send<Tokens>({ method: 'POST', path: '/v1/auth/refresh', body: { refreshToken } });
    // A lost answer has used the token up.
    return answer.ok ? answer.body : this.logIn();
  }

  private async send<Body>(request: Request, accessToken?: string): Promise<Answer<Body>> {
    for (let attempt = 1; ; attempt++) {
      this.traffic.requests++;
      if (attempt > 1) this.traffic.repeated++;
      try {
        const response = await this.fetch(request, accessToken);
        const text = await response.text();
        const wait = secondsToWait(response);
        if (wait === undefined || attempt === ATTEMPTS) return answerOf<Body>(response, text);
        await sleep(wait * 1_000);
      } catch (error) {
        // Whether it arrived is unknown: the same request again settles it.
        if (attempt === ATTEMPTS) throw new Unreachable(`${this.baseUrl} does not answer.`, { cause: error });
        await sleep(100 * 2 ** attempt);
      }
    }
  }

  private fetch({ method, path, body, key }: Request, accessToken?: string): Promise<Response> {
    const headers: Record<string, string> = {};
    if (body) headers['content-type'] = 'application/json';
    if (key) headers['idempotency-key'] = key;
    if (accessToken) headers.authorization = `Bearer ${accessToken}`;
    return fetch(this.baseUrl + path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }
}

/** Undefined when the answer is final. A twin under way is answered 409 with Retry-After. */
function secondsToWait({ status, headers }: Response): number | undefined {
  const retryAfter = headers.get('retry-after');
  if (retryAfter === null && status !== 429 && status !== 503) return undefined;
  return Math.min(Number(retryAfter) || 1, LONGEST_WAIT_S);
}

function answerOf<Body>({ ok, status, headers }: Response, text: string): Answer<Body> {
  const body: unknown = /json/.test(headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
  if (ok) return { ok, status, body: body as Body, replayed: headers.get('idempotent-replayed') === 'true' };
  // A proxy before the service does not speak problem+json.
  return { ok, status, problem: (body ?? { code: `http-${status}`, detail: text.slice(0, 200) }) as Problem };
}

/** In the order given, at most `limit` at a time. */
export async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: limit }, lane));
}
