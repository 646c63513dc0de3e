import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

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

/** A free port of the loopback. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
