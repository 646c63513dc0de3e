import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

export function isFreePort(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** The first free port of the loopback from this one on. */
export async function freePortFrom(first: number): Promise<number> {
  let port = first;
  while (!(await isFreePort(port, '127.0.0.1'))) port++;
  return port;
}

/** From 10,000 on, and below 32,768, where systems begin with the ports that outgoing connections take. */
const LISTENERS = [10_000, 32_000] as const;

/** A free port of the loopback, which no connection takes before it is listened at, or while its server restarts. */
export const freePort = (): Promise<number> => freePortFrom(randomInt(...LISTENERS));
