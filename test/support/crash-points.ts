import type { TestDatabase } from './database';
import type { HttpGates, PostgresGates, Statement } from './wiretap';

/** A moment in the life of an order at which a process may die, such as `before COMMIT of payments.attempts`. */
export type Moment = string;

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** The order that an id belongs to, and the type of the event where the id is an event's. */
const ORDERS_OF = `
  SELECT id AS "order", NULL AS type FROM ordering.orders WHERE id = ANY($1)
  UNION SELECT order_id, NULL FROM payments.payments WHERE id = ANY($1)
  UNION SELECT p.order_id, NULL FROM payments.attempts a JOIN payments.payments p ON p.id = a.payment_id WHERE a.id = ANY($1)
  UNION SELECT order_id, NULL FROM notifications.messages WHERE id = ANY($1)
  UNION SELECT coalesce(p.order_id, m.order_id, o.aggregate_id), o.type FROM platform.outbox o
        LEFT JOIN payments.payments p ON p.id = o.aggregate_id
        LEFT JOIN notifications.messages m ON m.id = o.aggregate_id WHERE o.id = ANY($1)`;

/**
 * Stops orders in the middle of things, each at a moment of its own, by the gates of a process's taps: there the
 * process waits, for that order alone, until it is killed.
 *
 * The moments are before and after each COMMIT and each call of a provider, and after each write outside of a
 * transaction. Before such a write is no moment of its own: what is written is what was after the step before it.
 */
export class CrashPoints {
  /** The moments that each order has passed, in their order. */
  private readonly seen = new Map<string, Moment[]>();
  private readonly plan = new Map<string, Moment>();
  private readonly reached = new Set<string>();

  constructor(private readonly database: TestDatabase) {}

  /** Records the moments of these ids: an order's id, or that of its request before the order exists. */
  watch(...ids: string[]): void {
    for (const id of ids) this.seen.set(id, []);
  }

  momentsOf(id: string): Moment[] {
    return this.seen.get(id) ?? [];
  }

  /** Stops all work on this id at this moment. */
  stop(id: string, moment: Moment): void {
    this.watch(id);
    this.plan.set(id, moment);
  }

  /** The orders that have not reached their moment. */
  get missing(): [string, Moment][] {
    return [...this.plan].filter(([id]) => !this.reached.has(id));
  }

  /** Stops no further order. Orders that already wait keep waiting. */
  open(): void {
    for (const each of [this.seen, this.plan, this.reached]) each.clear();
  }

  readonly postgres: PostgresGates = {
    before: async ({ text, transaction }) => {
      if (/^COMMIT/i.test(text)) await this.pass('before', commitOf(transaction), transaction);
    },
    after: async ({ transaction, ...statement }, done) => {
      if (done === 'COMMIT') await this.pass('after', commitOf(transaction), transaction);
      else if (transaction.length === 1 && /^(INSERT|UPDATE|DELETE).* [1-9]\d*$/.test(done))
        await this.pass('after', writeOf(statement), transaction);
    },
  };

  readonly http: HttpGates = {
    before: (what) => this.pass('before', callOf(what), what),
    after: (what) => this.pass('after', callOf(what), what),
  };

  private async pass(when: 'before' | 'after', step: string, what: Sql[] | string): Promise<void> {
    // Deliveries to subscribers are batches of many orders.
    if (!this.seen.size || /webhooks\.deliveries/.test(step)) return;
    const { id, type } = await this.about(what);
    const moments = id === undefined ? undefined : this.seen.get(id);
    if (id === undefined || !moments) return;
    const name = `${when} ${step.replace(EVENT, type ?? '')}`;
    const times = moments.filter((each) => each.replace(/ #\d+$/, '') === name).length + 1;
    const moment = times === 1 ? name : `${name} #${times}`;
    moments.push(moment);
    if (this.plan.get(id) !== moment) return;
    this.reached.add(id);
    await new Promise(() => undefined);
  }

  private async about(what: Sql[] | string): Promise<{ id?: string; type?: string }> {
    const text = typeof what === 'string' ? what : what.flatMap(({ parameters }) => parameters).join(' ');
    const ids = [...new Set(text.match(UUID))];
    if (!ids.length) return {};
    const known = ids.find((id) => this.seen.has(id));
    const rows = await this.database.query<{ order: string; type: string | null }>(ORDERS_OF, [ids]);
    return {
      id: known ?? rows.find(({ order }) => this.seen.has(order))?.order,
      type: rows.find(({ type }) => type)?.type ?? undefined,
    };
  }
}

type Sql = Pick<Statement, 'text' | 'parameters'>;

/** A transaction is known by the handler that it is the effect of, and the tables that it writes to. */
function commitOf(transaction: Sql[]): string {
  const tables = transaction.map(({ text }) => /^(?:INSERT INTO|UPDATE|DELETE FROM)\s+([\w.]+)/i.exec(text)?.[1]);
  const written = [...new Set(tables.filter((table) => table !== undefined))].join(' ');
  return `COMMIT of ${[handlerIn(transaction), written || 'nothing'].filter(Boolean).join(' ')}`;
}

/** Where the type of the event goes, once it is known. */
const EVENT = '<event>';

/** A write outside of a transaction is the relay's record of an event. */
function writeOf(statement: Sql): string {
  const [, write, table] = /^(\w+)(?: INTO)?\s+([\w.]+)/.exec(statement.text) ?? [];
  const what = /status = '(\w+)'|SET (\w+)/.exec(statement.text);
  return [write, table, what?.[1] ?? what?.[2], handlerIn([statement]) ?? EVENT].filter(Boolean).join(' ');
}

const handlerIn = (statements: Sql[]): string | undefined =>
  /\b\w+EventHandlers\.\w+/.exec(statements.flatMap(({ parameters }) => parameters).join(' '))?.[0];

const callOf = (what: string): string => what.split(' ').slice(0, 2).join(' ').replace(UUID, ':key');
