import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { untilDatabaseAnswers } from './database-ready';

const reported: string[] = [];
const reasonAgainst = (url: string): Promise<unknown> =>
  untilDatabaseAnswers(url, (line) => reported.push(line)).then(
    () => 'none',
    (error: Error) => error.message,
  );

it.each(['nonsense', 'http://localhost/holdfast', 'localhost:5432'])(
  'needs the URL of a PostgreSQL: %s',
  async (url) => {
    expect(await reasonAgainst(url)).toBe(
      'DATABASE_URL must be a URL such as postgres://user:password@localhost:5432/holdfast.',
    );
  },
);

it('names the reason of a PostgreSQL that refuses the log-in', async () => {
  // ErrorResponse of PostgreSQL's protocol: severity, code and message, each ended by a zero.
  const fields = Buffer.from('SFATAL\0C28P01\0Mpassword authentication failed for user "app"\0\0');
  const length = Buffer.alloc(4);
  length.writeInt32BE(length.length + fields.length);
  const server = createServer((socket) =>
    socket.once('data', () => socket.end(Buffer.concat([Buffer.from('E'), length, fields]))),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await reasonAgainst(`postgres://app:wrong@${host}/holdfast`)).toBe(
    `The database at ${host} refuses the connection (password authentication failed for user "app"): correct DATABASE_URL.`,
  );
  expect(reported).toEqual([]);
  server.close();
  await once(server, 'close');
});
