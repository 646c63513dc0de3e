import { connect, type Socket } from 'node:net';

/** A server that is silent for as long has failed. */
const SILENCE_MS = 30_000;
/** All connections read into it, one after the other. */
const INPUT = Buffer.allocUnsafe(65_536);
const END_OF_HEAD = '\r\n\r\n';
const END_OF_CHUNKS = '\r\n0\r\n\r\n';

interface Waiting {
  answered(status: number): void;
  failed(error: Error): void;
}

/**
 * A kept connection that sends one request at a time, and reads of an answer no more than its status and where it ends:
 * HTTP/1.1 as far as a benchmark needs it, at a fraction of what a full client costs.
 */
export class Connection {
  private socket?: Socket;
  private waiting?: Waiting;
  /** Of the answer that is coming in: its head until that is whole, then its status, and how much is missing. */
  private head = '';
  private status = 0;
  private missing = 0;
  private isChunked = false;
  private isLast = false;
  private tail = '';

  constructor(private readonly url: string) {}

  /** Resolves with the status. Rejects when the connection ends, or is silent, before the answer has. */
  send(request: string): Promise<number> {
    this.socket ??= this.open();
    return new Promise((answered, failed) => {
      this.waiting = { answered, failed };
      this.socket!.write(request, 'latin1');
    });
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private open(): Socket {
    const { hostname, port } = new URL(this.url);
    // Without a stream and its buffers: a read goes from the one buffer to the parser.
    const callback = (length: number, bytes: Uint8Array): boolean => {
      if (this.socket === socket) this.read((bytes as Buffer).toString('latin1', 0, length));
      return true;
    };
    const socket = connect({ host: hostname, port: Number(port), noDelay: true, onread: { buffer: INPUT, callback } });
    this.head = '';
    this.status = 0;
    const end = (error: Error) => {
      if (this.socket !== socket) return;
      this.close();
      this.waiting?.failed(error);
      this.waiting = undefined;
    };
    socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('no answer')));
    socket.on('error', end);
    socket.on('close', () => end(new Error('closed without an answer')));
    return socket;
  }

  private read(text: string): void {
    let body = text;
    if (!this.status) {
      this.head += body;
      const end = this.head.indexOf(END_OF_HEAD);
      if (end < 0) return;
      body = this.head.slice(end + END_OF_HEAD.length);
      this.begin(this.head.slice(0, end));
    }
    if (this.isChunked) {
      this.tail = (this.tail + body).slice(-END_OF_CHUNKS.length);
      if (this.tail !== END_OF_CHUNKS) return;
    } else if ((this.missing -= body.length) > 0) return;
    this.finish();
  }

  private begin(head: string): void {
    const names = head.toLowerCase();
    this.status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
    const isEmpty = this.status === 204 || this.status === 304;
    this.missing = isEmpty ? 0 : Number(/\r\ncontent-length: *(\d+)/.exec(names)?.[1] ?? 0);
    this.isChunked = !isEmpty && names.includes('\r\ntransfer-encoding: chunked');
    this.isLast = names.includes('\r\nconnection: close');
    // An empty body is its last chunk alone, whose line break is the head's.
    this.tail = '\r\n';
  }

  private finish(): void {
    const { waiting, status } = this;
    this.head = '';
    this.status = 0;
    this.waiting = undefined;
    if (this.isLast) this.close();
    waiting?.answered(status);
  }
}

/** Sends any number of requests at a time, and counts the answers that are not as expected. */
export class Client {
  readonly others: Record<string, number> = {};
  private readonly idle: Connection[] = [];
  private readonly underWay = new Set<Promise<void>>();

  constructor(private readonly url: string) {}

  /** `answered` is called for an answer with an expected status. Never rejects. */
  send(
    request: string,
    expected: number | readonly number[],
    answered: (status: number) => void = () => undefined,
  ): Promise<void> {
    const exchange = this.exchange(request, expected, answered).finally(() => this.underWay.delete(exchange));
    this.underWay.add(exchange);
    return exchange;
  }

  /** Waits for all answers. */
  async close(): Promise<void> {
    await Promise.all(this.underWay);
    for (const connection of this.idle) connection.close();
  }

  private async exchange(
    request: string,
    expected: number | readonly number[],
    answered: (status: number) => void,
  ): Promise<void> {
    const connection = this.idle.pop() ?? new Connection(this.url);
    try {
      const status = await connection.send(request);
      if (status === expected || [expected].flat().includes(status)) answered(status);
      else this.count(String(status));
    } catch (error) {
      this.count((error as Error).message);
    }
    this.idle.push(connection);
  }

  private count(what: string): void {
    this.others[what] = (this.others[what] ?? 0) + 1;
  }
}
