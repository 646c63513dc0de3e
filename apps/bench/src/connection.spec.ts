import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Client } from './connection';

const HEAD = 'HTTP/1.1 200 OK\r\n';

describe('a connection of the load generator', () => {
  it.each<[string, string[], Record<string, number>]>([
    ['of a length', [`${HEAD}content-length: 4\r\n\r\nbody`], {}],
    ['in pieces', ['HTTP/1.1 2', '00 OK\r\nContent-Length: 4\r\n\r\nbo', 'dy'], {}],
    ['in chunks', [`${HEAD}transfer-encoding: chunked\r\n\r\n4\r\nbody\r`, '\n0\r\n', '\r\n'], {}],
    ['of no chunk', [`${HEAD}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`], {}],
    ['without a body', ['HTTP/1.1 304 Not Modified\r\ncontent-length: 4\r\n\r\n'], { 304: 2 }],
    ['that is the last', [`${HEAD}connection: close\r\ncontent-length: 0\r\n\r\n`], {}],
    ['that is not expected', ['HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n'], { 503: 2 }],
    ['that never ends', [`${HEAD}content-length: 9\r\n\r\nbody`, 'END'], { 'closed without an answer': 2 }],
  ])('reads an answer %s, and goes on', async (_what, pieces, others) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => {
        pieces.forEach((piece, index) =>
          setTimeout(() => (piece === 'END' ? socket.destroy() : socket.write(piece)), 5 * index),
        );
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = new Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    let answered = 0;
    for (let n = 0; n < 2; n++) await client.send('GET / HTTP/1.1\r\n\r\n', 200, () => answered++);
    await client.close();
    server.close();
    expect([answered, client.others]).toEqual([Object.keys(others).length ? 0 : 2, others]);
  });
});
