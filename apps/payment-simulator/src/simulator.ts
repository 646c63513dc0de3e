import { createHmac, randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export const MODES = [
  'approve',
  'decline',
  'delay',
  'duplicate',
  'out-of-order',
  'late',
  'error',
  'hang',
  'die',
  'wrong-amount',
  'silent',
  'attempt-failed',
  'processing',
] as const;
export type Mode = (typeof MODES)[number];

/** The behaviour that certain totals ask for: 6666.01 is declined, and so on. Any other total is approved. */
const FATES: Record<string, Mode> = {
  '6666.01': 'decline',
  '6666.02': 'delay',
  '6666.03': 'duplicate',
  '6666.04': 'out-of-order',
  '6666.05': 'late',
  '6666.06': 'error',
  '6666.07': 'hang',
  '6666.08': 'die',
  '6666.09': 'wrong-amount',
  '6666.10': 'silent',
  '6666.11': 'attempt-failed',
  '6666.12': 'processing',
};

/** The number of 500 answers before a key succeeds. */
const ERRORS = 2;
const WEBHOOK_RETRIES_MS = [200, 500, 1_000, 2_000, 4_000, 8_000, 16_000];

export interface Money {
  amount: string;
  currency: string;
}

/** What the simulator knows of one idempotency key. */
export interface LedgerEntry {
  id: string;
  key: string;
  orderId: string | null;
  amount: Money | null;
  status: 'pending' | 'processing' | 'captured' | 'declined' | 'voided';
  captured: Money | null;
  refunds: { key: string; amount: Money }[];
  /** Requests to charge under this key. */
  requests: number;
  fate: Mode;
  /** Whether the charge was accepted; an error leaves it false. */
  begun: boolean;
}

export interface SimulatorOptions {
  webhookUrl?: string;
  secrets: string[];
  /** Milliseconds until the outcome of an ordinary payment; `lateAfter` until that of a late or a processing one. */
  delay: number;
  lateAfter: number;
  /** Keeps the ledger over a restart. */
  ledgerFile?: string;
  /** Ends the process during a charge; without it the connection is dropped instead. */
  die?: () => never;
}

/**
 * A payment provider with a ledger of its own. All requests under one key are one charge, also over failures.
 */
export class Simulator {
  readonly server: Server;
  private readonly ledger = new Map<string, LedgerEntry>();
  private readonly chosen: { mode: Mode; times: number }[] = [];
  private secrets: string[];
  private disabled = false;
  private readonly closing = new AbortController();

  constructor(private readonly options: SimulatorOptions) {
    this.secrets = options.secrets;
    setMaxListeners(0, this.closing.signal); // one for each webhook under way
    this.recover();
    this.server = createServer((request, response) => {
      this.answer(request, response).catch((error: unknown) => {
        if (!response.headersSent) send(response, 500, { error: String(error) });
      });
    });
  }

  close(): void {
    this.closing.abort();
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://simulator');
    const body = await readJson(request);
    const key = pathname.split('/')[3] ?? '';
    const route = `${request.method} ${pathname.replace(/^\/v1\/payments\/[^/]+/, '/v1/payments/:key')}`;
    const idempotencyKey = String(request.headers['idempotency-key'] ?? '');
    if (this.disabled && pathname.startsWith('/v1/'))
      return send(response, 503, { error: 'disabled until PUT /disabled with {"disabled": false}' });
    switch (route) {
      case 'GET /health':
      case 'GET /health/ready':
        return send(response, 200, { status: 'ok' });
      case 'GET /ledger':
        return send(response, 200, [...this.ledger.values()]);
      case 'PUT /modes': {
        const { mode, times = 1 } = body as { mode: Mode; times?: number };
        if (!MODES.includes(mode)) return send(response, 400, { error: `mode must be one of ${MODES.join(', ')}` });
        this.chosen.push({ mode, times });
        return send(response, 200, { chosen: this.chosen });
      }
      case 'PUT /disabled':
        this.disabled = (body as { disabled: boolean }).disabled;
        return send(response, 200, { disabled: this.disabled });
      case 'PUT /secrets':
        this.secrets = (body as { secrets: string[] }).secrets;
        return send(response, 200, {});
      case 'POST /v1/payments':
        return this.charge(idempotencyKey, body as { orderId: string; amount: Money }, response);
      case 'GET /v1/payments/:key': {
        const entry = this.ledger.get(key);
        const isKnown = entry && (entry.begun || entry.status !== 'pending');
        return send(response, isKnown ? 200 : 404, isKnown ? entry : { error: 'unknown key' });
      }
      case 'POST /v1/payments/:key/attempts':
        return this.payAgain(key, response);
      case 'POST /v1/payments/:key/void':
        return send(response, 200, this.void(key));
      case 'POST /v1/payments/:key/refunds':
        return this.refund(key, idempotencyKey, (body as { amount: Money }).amount, response);
      default:
        return send(response, 404, { error: `nothing at ${route}` });
    }
  }

  private async charge(
    key: string,
    { orderId, amount }: { orderId: string; amount: Money },
    response: ServerResponse,
  ): Promise<void> {
    if (!key || !orderId || !amount)
      return send(response, 400, { error: 'Idempotency-Key, orderId and amount are needed' });
    const entry = this.ledger.get(key) ?? this.enter(key, this.fateOf(amount), orderId, amount);
    if (entry.amount && entry.amount.amount !== amount.amount)
      return send(response, 409, { error: 'another amount was asked under this key' });
    entry.requests += 1;
    this.save(entry);
    if (entry.fate === 'error' && entry.requests <= ERRORS)
      return send(response, 500, { error: 'this is what the mode asks for' });
    if (entry.begun || entry.status !== 'pending') return send(response, 200, entry);
    entry.begun = true;
    if (entry.fate === 'hang' || entry.fate === 'die') {
      this.capture(entry, amount);
      if (entry.fate === 'die') this.options.die?.();
      if (entry.fate === 'hang') await this.pause(120_000);
      return void response.destroy();
    }
    this.save(entry);
    send(response, 201, entry);
    void this.playOut(entry, amount);
  }

  /** Decides the outcome of a charge and sends its webhooks. */
  private async playOut(entry: LedgerEntry, amount: Money): Promise<void> {
    const { delay, lateAfter } = this.options;
    const { fate: mode } = entry;
    await this.pause(mode === 'late' ? lateAfter : mode === 'delay' ? delay * 10 : delay);
    if (!isOpen(entry)) return;
    if (mode === 'attempt-failed')
      return this.sendWebhook(entry, 'payment.attempt-failed', { reason: 'card declined' });
    if (mode === 'processing') {
      this.save(Object.assign(entry, { status: 'processing' }));
      await this.sendWebhook(entry, 'payment.processing', {});
      await this.pause(lateAfter);
    }
    if (mode === 'decline') {
      this.save(Object.assign(entry, { status: 'declined' }));
      return this.sendWebhook(entry, 'payment.failed', { reason: 'card declined' });
    }
    this.capture(entry, mode === 'wrong-amount' ? { ...amount, amount: '1.00' } : amount);
    if (mode === 'silent') return;
    const success = { amount: entry.captured };
    const id = `evt_${randomUUID()}`;
    await this.sendWebhook(entry, 'payment.succeeded', success, id);
    if (mode === 'duplicate')
      await Promise.all([1, 2, 3].map(() => this.sendWebhook(entry, 'payment.succeeded', success, id)));
    if (mode === 'out-of-order') {
      await this.sendWebhook(entry, 'payment.processing', {});
      await this.sendWebhook(entry, 'payment.failed', { reason: 'the first try was declined' });
    }
  }

  /** Plays a customer who tries another card after a failed attempt: this one is charged. */
  private async payAgain(key: string, response: ServerResponse): Promise<void> {
    const entry = this.ledger.get(key);
    if (!entry?.amount || entry.status !== 'pending')
      return send(response, 409, { error: 'no payment under this key waits for its customer' });
    this.capture(entry, entry.amount);
    send(response, 200, entry);
    await this.sendWebhook(entry, 'payment.succeeded', { amount: entry.captured });
  }

  /**
   * Voids a charge that is not captured, unless a bank is processing it. An unknown key is entered as voided, so that
   * it is never charged.
   */
  private void(key: string): LedgerEntry {
    const entry = this.ledger.get(key) ?? this.enter(key, 'approve', null, null);
    if (entry.status === 'pending' || entry.status === 'declined') entry.status = 'voided';
    return this.save(entry);
  }

  private refund(key: string, refundKey: string, amount: Money, response: ServerResponse): void {
    const entry = this.ledger.get(key);
    if (!entry?.captured || !refundKey) return send(response, 404, { error: 'nothing was captured under this key' });
    const done = entry.refunds.find((refund) => refund.key === refundKey);
    if (!done) {
      const left =
        thousandths(entry.captured) - entry.refunds.reduce((sum, each) => sum + thousandths(each.amount), 0n);
      if (thousandths(amount) > left) return send(response, 422, { error: 'more than was captured' });
      entry.refunds.push({ key: refundKey, amount });
      this.save(entry);
    }
    send(response, done ? 200 : 201, { key: refundKey, amount });
  }

  private fateOf(amount: Money): Mode {
    const next = this.chosen[0];
    if (!next) return FATES[amount.amount] ?? 'approve';
    if (--next.times <= 0) this.chosen.shift();
    return next.mode;
  }

  private enter(key: string, fate: Mode, orderId: string | null, amount: Money | null): LedgerEntry {
    const entry: LedgerEntry = {
      ...{ id: `sim_${randomUUID()}`, key, orderId, amount, fate, begun: false },
      ...{ status: 'pending', captured: null, refunds: [], requests: 0 },
    };
    this.ledger.set(key, entry);
    return entry;
  }

  private capture(entry: LedgerEntry, amount: Money): void {
    this.save(Object.assign(entry, { status: 'captured', captured: amount }));
  }

  private async sendWebhook(entry: LedgerEntry, type: string, data: object, id = `evt_${randomUUID()}`): Promise<void> {
    const { webhookUrl } = this.options;
    if (!webhookUrl) return;
    const body = JSON.stringify({
      id,
      type,
      data: { paymentId: entry.key, orderId: entry.orderId, reference: entry.id, ...data },
    });
    for (const retryAfter of [...WEBHOOK_RETRIES_MS, 0]) {
      const headers = { 'content-type': 'application/json', 'webhook-signature': this.sign(body) };
      const answer = await fetch(webhookUrl, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(15_000),
      }).catch(() => undefined);
      if (answer?.ok || !retryAfter || this.closing.signal.aborted) return;
      await this.pause(retryAfter);
    }
  }

  /** Signs with every active secret, so that receivers can rotate theirs at any time. */
  private sign(body: string): string {
    const t = Math.floor(Date.now() / 1000);
    const macs = this.secrets.map((secret) => createHmac('sha256', secret).update(`${t}.${body}`).digest('hex'));
    return [`t=${t}`, ...macs.map((mac) => `v1=${mac}`)].join(',');
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.closing.signal, ref: false }).catch(() => undefined);
  }

  /** Keeps the entry in the ledger's file. Call it before an answer or a webhook reports the change. */
  private save(entry: LedgerEntry): LedgerEntry {
    const { ledgerFile } = this.options;
    if (ledgerFile) appendFileSync(ledgerFile, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    return entry;
  }

  private recover(): void {
    const { ledgerFile } = this.options;
    if (!ledgerFile || !existsSync(ledgerFile)) return;
    for (const line of readFileSync(ledgerFile, 'utf8').split('\n').filter(Boolean)) {
      const entry = JSON.parse(line) as LedgerEntry;
      this.ledger.set(entry.key, entry);
    }
    for (const entry of this.ledger.values())
      if (isOpen(entry) && entry.begun && entry.amount) void this.playOut(entry, entry.amount);
  }
}

const isOpen = ({ status }: LedgerEntry): boolean => status === 'pending' || status === 'processing';

const thousandths = ({ amount }: Money): bigint => {
  const [whole, decimals = ''] = amount.split('.');
  return BigInt(whole + decimals.padEnd(3, '0'));
};

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? {} : JSON.parse(text);
}
