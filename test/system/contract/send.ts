import { Agent, request } from 'node:http';
import type { RawAnswer } from '../../support/openapi';
import type { Attack } from './attacks';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** As it is written: unlike `fetch`, Node's client leaves paths alone, and puts bodies on anything. */
export function send(
  url: string,
  method: string,
  { path, query, headers, body, encoding }: Attack,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const bytes = body === undefined ? undefined : Buffer.from(body, encoding);
  // Node names no length for the body of a GET or DELETE: the server would read it as the next request.
  const lengthOf = bytes && { 'content-length': bytes.length };
  return new Promise((resolve, reject) => {
    const asking = request(
      { agent, hostname, port, method, path: path + query, headers: { ...headers, ...lengthOf } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks).toString() }),
        );
      },
    );
    asking.setTimeout(20_000, () => asking.destroy(new Error('no answer within 20 s')));
    asking.on('error', reject);
    asking.end(bytes);
  });
}
