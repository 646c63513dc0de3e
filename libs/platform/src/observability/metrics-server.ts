import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { METRICS_TYPE, scrape } from './scrape';

/** `GET /metrics` for a process that serves nothing else. */
export async function serveMetrics(host: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    scrape().then(
      (text) => response.writeHead(200, { 'content-type': METRICS_TYPE }).end(text),
      (error: unknown) => response.destroy(error as Error),
    );
  });
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}
