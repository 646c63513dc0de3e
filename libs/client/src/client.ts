import { OPERATIONS } from './operations';
import { isProblem } from './problem';
import { newKey, type Outgoing, send } from './sending';
import { inMemory, Session, type Tokens, type TokenStorage } from './session';
import type { Answer, CallOptions, Input, Item, OperationId, PagedOperation, Sending } from './types';

export interface ClientOptions {
  /** Where the shop is, such as `https://shop.example`. */
  url: string;
  /** Where the customer's tokens are kept. Default: in memory. */
  session?: TokenStorage;
  /** Called when the shop no longer accepts the session: log in again. */
  onSessionEnd?: () => void;
  /** For a machine, in place of a session. */
  apiKey?: string;
  /** Default: 5. */
  attempts?: number;
  /** Of one attempt, in ms. Default: 20,000. */
  timeout?: number;
  /** The longest wait before a repeat, in ms. Default: 30,000. */
  maxDelay?: number;
  /** Default: the platform's. */
  fetch?: typeof fetch;
}

type Method<Id extends OperationId> =
  object extends Input<Id>
    ? (input?: Input<Id>, options?: CallOptions) => Promise<Answer<Id>>
    : (input: Input<Id>, options?: CallOptions) => Promise<Answer<Id>>;

/** Every operation of the shop, by its id. */
export type Client = { [Id in OperationId]: Method<Id> } & {
  /** The items of all pages, read as they are needed. */
  each<Id extends PagedOperation>(id: Id, input?: Input<Id>): AsyncIterable<Item<Id>>;
  /** Ends the session; without a body, the one that the client keeps. */
  logOut(input?: Input<'logOut'>): Promise<void>;
};

/** POSTs without a key that may be repeated all the same. */
const REPEATABLE = new Set<OperationId>(['registerCustomer', 'logIn', 'refreshSession', 'logOut', 'fulfilOrder']);

type Values = Record<string, unknown>;
type Call = (input?: Values, options?: CallOptions) => Promise<unknown>;

/** A client of the shop at `url`. */
export function createClient({ url, apiKey, onSessionEnd = () => {}, ...options }: ClientOptions): Client {
  // Called without its owner, as a browser's `fetch` must be.
  const platformFetch: typeof fetch = (...args) => fetch(...args);
  const attempts = { attempts: 5, timeout: 20_000, maxDelay: 30_000, fetch: platformFetch, ...options };
  const session = new Session(
    options.session ?? inMemory(),
    async (refreshToken) =>
      (await send(requestOf(url, 'refreshSession', { body: { refreshToken } }, {}), attempts)) as Tokens,
    onSessionEnd,
  );

  const call = async (id: OperationId, input: Values = {}, { key, ifMatch, signal }: CallOptions = {}) => {
    const request = { ...requestOf(url, id, input, { key, ifMatch }), signal };
    const token = apiKey ?? (await session.accessToken());
    try {
      return await send(authorized(request, token), attempts);
    } catch (error) {
      const isExpired = isProblem(error) && error.code === 'unauthorized' && token && !apiKey;
      const renewed = isExpired ? await session.renewed(token) : undefined;
      if (!renewed) throw error;
      return send(authorized(request, renewed), attempts);
    }
  };

  const operations = Object.fromEntries(
    (Object.keys(OPERATIONS) as OperationId[]).map((id): [string, Call] => [id, (...args) => call(id, ...args)]),
  );
  const particular = {
    async logIn(input?: Values, callOptions?: CallOptions) {
      const tokens = await call('logIn', input, callOptions);
      await session.start(tokens as Tokens);
      return tokens;
    },
    async logOut(input?: Values) {
      const refreshToken = await session.refreshToken();
      const body = input?.['body'] ?? (refreshToken ? { refreshToken } : undefined);
      if (body) await call('logOut', { body });
      await session.forget();
    },
    async *each(id: OperationId, input: Values = {}) {
      let cursor = input['cursor'];
      do {
        const page = (await call(id, { ...input, cursor })) as { items: unknown[]; nextCursor: string | null };
        yield* page.items;
        cursor = page.nextCursor;
      } while (cursor);
    },
  };
  // Each operation is called as the document, from which its types are made, says.
  return { ...operations, ...particular } as unknown as Client;
}

function requestOf(url: string, id: OperationId, input: Values, { key, ifMatch }: CallOptions): Outgoing {
  const { method, path, type, isKeyed }: Sending = OPERATIONS[id];
  const { body, ...values } = input;
  const query = new URLSearchParams();
  const inPath = new Set<string>();
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    inPath.add(name);
    return encodeURIComponent(String(values[name]));
  });
  for (const [name, value] of Object.entries(values))
    if (!inPath.has(name) && value !== undefined && value !== null)
      for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) query.append(name, String(each));
  const search = query.toString();
  return {
    operation: id,
    url: `${url.replace(/\/$/, '')}${filled}${search && '?'}${search}`,
    method,
    headers: {
      accept: 'application/json, application/problem+json, */*;q=0.1',
      ...(body !== undefined && type ? { 'content-type': type } : {}),
      ...(isKeyed || key ? { 'idempotency-key': key ?? newKey() } : {}),
      ...(ifMatch ? { 'if-match': ifMatch } : {}),
    },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    // Written with If-Match, the second of two would be refused.
    isRepeatable: isKeyed || key !== undefined || (method !== 'POST' && !ifMatch) || REPEATABLE.has(id),
  };
}

const authorized = (request: Outgoing, token: string | undefined): Outgoing =>
  token ? { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } } : request;
