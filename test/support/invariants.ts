import { checkInvariants, type Moment, schemaRefuses, type Terms } from '@holdfast/testbed';
import type { Charged } from './api';
import type { TestDatabase } from './database';

/** Checks at the end of every suite that the promise holds in the tables. */
export async function expectInvariants(
  { url }: TestDatabase,
  { moment, ...terms }: { moment?: Moment } & Terms = {},
): Promise<void> {
  const findings = await checkInvariants(url, moment, terms);
  expect(findings.filter(({ violations }) => violations.length)).toEqual([]);
  expect(await schemaRefuses(url)).toEqual([]);
}

/** What a provider has charged and not sent back. */
export const netOf = ({ captured, refunds }: Charged): number => {
  const thousandths = ({ amount }: { amount: string }) => Math.round(Number(amount) * 1_000);
  return refunds.reduce((left, { amount }) => left - thousandths(amount), captured ? thousandths(captured) : 0) / 1_000;
};

/**
 * INV-13 to INV-15 in the provider's own ledger, when all is quiet: a paid order is one charge under one key, of all
 * that was not given back; for any other there is no money left, nor for an order that we do not know.
 */
export async function expectSameMoney(database: TestDatabase, ledger: Charged[]): Promise<void> {
  const orders = await database.query<{ id: string; due: number; keys: string[] }>(
    `SELECT o.id, (CASE WHEN o.status IN ('paid', 'fulfilled') THEN o.total - o.refunded ELSE 0 END)::float AS due,
       ARRAY(SELECT a.id FROM payments.attempts a JOIN payments.payments p ON p.id = a.payment_id
             WHERE p.order_id = o.id AND a.provider = 'simulator') AS keys
     FROM ordering.orders o`,
  );
  const wrong: unknown[] = [];
  for (const { id, due, keys } of orders) {
    const charges = ledger.filter(({ orderId }) => orderId === id);
    const nets = charges.map(netOf).filter((net) => net !== 0);
    const areOurs = charges.every(({ key }) => keys.includes(key));
    if (nets.length > 1 || (nets[0] ?? 0) !== due || !areOurs) wrong.push({ id, due, keys, charges });
  }
  const known = new Set(orders.map(({ id }) => id));
  wrong.push(...ledger.filter((charge) => netOf(charge) !== 0 && !known.has(charge.orderId ?? '')));
  expect(wrong).toEqual([]);
}

/** INV-15 at the provider: the refunds that are recorded as sent are, order by order, those that it has sent. */
export async function expectRefundsConfirmed(
  database: TestDatabase,
  sentTo: (orderId: string) => number,
): Promise<void> {
  const orders = await database.query<{ id: string; sent: number }>(
    `SELECT p.order_id AS id, coalesce(sum(r.amount) FILTER (WHERE r.status = 'succeeded'), 0)::float AS sent
     FROM payments.payments p LEFT JOIN payments.refunds r ON r.payment_id = p.id GROUP BY p.order_id`,
  );
  const wrong = orders.map(({ id, sent }) => ({ id, sent, confirmed: sentTo(id) }));
  expect(wrong.filter(({ sent, confirmed }) => sent !== confirmed)).toEqual([]);
}

/**
 * INV-22 and INV-23 at the receiver: all events that are marked as sent arrived, and none that is not in the log. An id
 * always has the same body. First deliveries come in the order of their aggregate.
 */
export async function expectDeliveredInOrder(
  database: TestDatabase,
  received: string[],
  marked: string[],
): Promise<void> {
  const logged = await database.query<{ id: string }>('SELECT id FROM platform.outbox');
  const known = new Set(logged.map(({ id }) => id));
  const bodies = new Map<string, string>();
  const latest = new Map<string, string>();
  const wrong: unknown[] = [];
  for (const body of received) {
    const { id, partitionkey, sequence } = JSON.parse(body) as { id: string; partitionkey: string; sequence: string };
    if (!known.has(id)) wrong.push({ why: 'it is not in the log', body });
    if ((bodies.get(id) ?? body) !== body) wrong.push({ why: 'its body was different before', body });
    if (!bodies.has(id) && sequence <= (latest.get(partitionkey) ?? ''))
      wrong.push({ why: 'a later one came first', body });
    if (!bodies.has(id)) latest.set(partitionkey, sequence);
    bodies.set(id, body);
  }
  wrong.push(...marked.filter((id) => !bodies.has(id)).map((id) => ({ why: 'it never came', id })));
  expect(wrong).toEqual([]);
}
