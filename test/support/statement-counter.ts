import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

export interface StatementCounter {
  /** The database's URL, through the counter. */
  url: string;
  /** What was sent since the last call, as the first words of each statement. */
  take(): string[];
  close(): void;
}

/**
 * Stands between a process and PostgreSQL and reads along: every statement counts, whoever in the process sent it.
 * Knows of the frontend protocol that a message is a type, a length, and (after a start-up message without a type) that
 * Q carries a simple query, and P and B a prepared one.
 */
export async function countStatements(databaseUrl: string): Promise<StatementCounter> {
  const target = new URL(databaseUrl);
  const statements: string[] = [];
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let pending = Buffer.alloc(0);
    let started = false;
    const prepared = new Map<string, string>();
    client.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const header = started ? 1 : 0;
        if (pending.length < header + 4) break;
        const length = header + pending.readUInt32BE(header);
        if (pending.length < length) break;
        const message = pending.subarray(0, length);
        pending = pending.subarray(length);
        const type = started ? String.fromCharCode(message[0]) : '';
        started = true;
        // A prepared statement is told once (P: its name, its text) and run by its name (B: a portal, the name).
        const [first, second] = message.subarray(5).toString('utf8').split('\0', 2);
        if (type === 'P') prepared.set(first, second);
        const text = type === 'Q' ? first : type === 'B' ? prepared.get(second) : undefined;
        // The relay's wake-up belongs to no request: it is sent afterwards, at most every 20 ms, whatever was committed.
        if (text !== undefined && !/pg_notify/.test(text))
          statements.push(text.trim().split(/\s+/).slice(0, 3).join(' '));
      }
      upstream.write(chunk);
    });
    upstream.pipe(client);
    client.on('end', () => upstream.end());
    // A connection that breaks is the database's or the process's story to tell, not the counter's.
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    take: () => statements.splice(0),
    close: () => void server.close(),
  };
}
