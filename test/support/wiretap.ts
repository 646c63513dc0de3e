import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A proxy between a process and its database or provider. Its gates can delay each message, for ever if they must. */
export interface Tap {
  /** The URL that the process gets instead of the real one. */
  url: string;
  close(): void;
}

/** A statement on its way to the database. */
export interface Statement {
  text: string;
  parameters: string[];
  /** The statements of its transaction so far, itself the last; itself alone outside of a transaction. */
  transaction: Statement[];
}

export interface PostgresGates {
  /** The database gets it when this resolves. */
  before?(statement: Statement): Promise<void> | void;
  /** The database has run the statement ("COMMIT", "UPDATE 2"); the process gets the answer when this resolves. */
  after?(statement: Statement, done: string): Promise<void> | void;
}

export interface PostgresTap extends Tap {
  /** The values of `pg_stat_activity.client_port` that identify the sessions of this process. */
  ports(): number[];
}

/**
 * Knows of PostgreSQL's protocol that a message is a type, a length, and (after a start-up message without a type) that
 * Q carries a simple query, P prepares one and B binds its parameters; and that an answer ends with Z, and its C names
 * the command that was run.
 */
export async function tapPostgres(databaseUrl: string, gates: PostgresGates): Promise<PostgresTap> {
  const target = new URL(databaseUrl);
  const upstreams = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    upstreams.add(upstream);
    for (const socket of [client, upstream]) socket.setNoDelay(); // messages are passed on one by one
    let started = false;
    let transaction: Statement[] | undefined;
    /** The statement that the database is at, and its answer so far. */
    let inHand: { statement: Statement; answer: Buffer[]; done: string } | undefined;
    const prepared = new Map<string, string>();

    const toDatabase = async (message: Buffer) => {
      const text = textOf(message, prepared);
      if (text !== undefined) {
        if (/^(START TRANSACTION|BEGIN)/i.test(text)) transaction = [];
        const statement = { text, parameters: parametersOf(message), transaction: transaction ?? [] };
        statement.transaction.push(statement);
        if (/^(COMMIT|ROLLBACK)/i.test(text)) transaction = undefined;
        await gates.before?.(statement);
        if (gates.after) inHand = { statement, answer: [], done: '' };
      }
      upstream.write(message);
    };
    const toProcess = async (message: Buffer) => {
      if (!inHand) return void client.write(message);
      inHand.answer.push(message);
      const type = String.fromCharCode(message[0]);
      if (type === 'C') inHand.done = message.subarray(5, -1).toString();
      if (type !== 'Z') return;
      const { statement, answer, done } = inHand;
      inHand = undefined;
      await gates.after?.(statement, done);
      client.write(Buffer.concat(answer));
    };
    readMessages(
      client,
      async (message) => {
        if (started) return toDatabase(message);
        started = true;
        upstream.write(message);
      },
      0,
    );
    readMessages(upstream, toProcess, 1);
    // The database or the process reports a broken connection; the tap only passes it on.
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ]) {
      one.on('error', () => undefined);
      one.on('close', () => {
        other.destroy();
        upstreams.delete(upstream);
      });
    }
  });
  const url = new URL(databaseUrl);
  url.host = await listening(server);
  const ports = () => [...upstreams].map(({ localPort }) => localPort ?? 0);
  return { url: url.href, ports, close: () => void server.close() };
}

export interface HttpGates {
  /** `what` is the method and path, then the body. */
  before?(what: string): Promise<void> | void;
  after?(what: string): Promise<void> | void;
}

/** A proxy of an HTTP server. Its gates run before each request and after each answer; no answer stays no answer. */
export async function tapHttp(target: () => string, gates: HttpGates): Promise<Tap> {
  const server = createHttpServer((request, response) => {
    const pass = async () => {
      const { method, url = '/', headers } = request;
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const what = `${method} ${url} ${body.toString()}`;
      await gates.before?.(what);
      const { host: _, connection: __, 'transfer-encoding': ___, 'content-length': ____, ...passed } = headers;
      const answer = await fetch(new URL(url, target()), {
        method,
        headers: passed as Record<string, string>,
        body: body.length ? body : undefined,
      });
      const content = Buffer.from(await answer.arrayBuffer());
      await gates.after?.(what);
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
      response.end(content);
    };
    pass().catch(() => response.destroy());
  });
  return {
    url: `http://${await listening(server)}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** One message after the other, each when the one before is dealt with. The first may come without its type. */
function readMessages(socket: Socket, deal: (message: Buffer) => Promise<void>, typed: 0 | 1): void {
  let pending = Buffer.alloc(0);
  let header: number = typed;
  let reading: Promise<void> = Promise.resolve();
  const read = async () => {
    for (;;) {
      if (pending.length < header + 4) return;
      const length = header + pending.readUInt32BE(header);
      if (pending.length < length) return;
      const message = pending.subarray(0, length);
      pending = pending.subarray(length);
      header = 1;
      await deal(message);
    }
  };
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    reading = reading.then(read);
  });
}

/** The SQL of a message that runs a statement. A prepared statement is sent once (P) and run by its name (B). */
function textOf(message: Buffer, prepared: Map<string, string>): string | undefined {
  const type = String.fromCharCode(message[0]);
  const [first, second] = message.subarray(5).toString('utf8').split('\0', 2);
  if (type === 'P') prepared.set(first, second);
  return (type === 'Q' ? first : type === 'B' ? prepared.get(second) : undefined)?.trim();
}

/** After the two names of B: the formats, then the parameters; all of ours are text. */
function parametersOf(message: Buffer): string[] {
  if (String.fromCharCode(message[0]) !== 'B') return [];
  let at = message.indexOf(0, message.indexOf(0, 5) + 1) + 1;
  at += 2 + 2 * message.readInt16BE(at);
  const count = message.readInt16BE(at);
  at += 2;
  return Array.from({ length: count }, () => {
    const length = Math.max(0, message.readInt32BE(at)); // -1 is NULL
    at += 4 + length;
    return message.toString('utf8', at - length, at);
  });
}
