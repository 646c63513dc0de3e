import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens to a request: it never arrives, its answer is lost or late, or it arrives twice. */
export type Harm = 'none' | 'cut before' | 'cut after' | 'delayed' | 'duplicated';

/** A network between a client and the API that treats each request as `harmOf` says. */
export class CuttingProxy {
  readonly counts: Partial<Record<Harm, number>> = {};
  private readonly server: Server;

  private constructor(
    private readonly target: string,
    private readonly harmOf: (request: IncomingMessage) => Harm,
  ) {
    this.server = createServer((incoming, outgoing) => {
      this.pass(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  static async open(target: string, harmOf: (request: IncomingMessage) => Harm): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(target, harmOf);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = Buffer.concat(await incoming.toArray());
    const harm = this.harmOf(incoming);
    this.counts[harm] = (this.counts[harm] ?? 0) + 1;
    if (harm === 'cut before') return void outgoing.destroy();
    const answers = await Promise.all(
      Array.from({ length: harm === 'duplicated' ? 2 : 1 }, () => this.forward(incoming, body)),
    );
    if (harm === 'cut after') return void outgoing.destroy();
    if (harm === 'delayed') await sleep(Math.random() * 100);
    const { status, headers, text } = answers.at(-1)!;
    outgoing.writeHead(status, headers).end(text);
  }

  private async forward({ method, url, headers }: IncomingMessage, body: Buffer) {
    const forwarded = request(this.target + url, { method, headers });
    forwarded.end(body);
    const [answer] = (await once(forwarded, 'response')) as [IncomingMessage];
    return { status: answer.statusCode!, headers: answer.headers, text: Buffer.concat(await answer.toArray()) };
  }
}
