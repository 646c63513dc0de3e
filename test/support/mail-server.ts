import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail extends Email {
  /** The recipients of the envelope. */
  recipients: string[];
}

/** A mail server that keeps what it is given; `answer` may refuse it, after all of it has arrived. */
export class MailServer {
  readonly mails: ReceivedMail[] = [];
  answer: () => Error | null = () => null;
  connections = 0;
  private server?: SMTPServer;

  private constructor(readonly port: number) {}

  static async start(): Promise<MailServer> {
    const probe = new MailServer(0);
    await probe.open();
    const { port } = probe.server!.server.address() as AddressInfo;
    await probe.close();
    const server = new MailServer(port);
    await server.open();
    return server;
  }

  get url(): string {
    return `smtp://shop:mail-secret@127.0.0.1:${this.port}`;
  }

  /** Listens, on the same port as before. */
  async open(): Promise<void> {
    this.server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ password }, _session, callback) =>
        callback(password === 'mail-secret' ? null : new Error('no'), { user: 'shop' }),
      onConnect: (_session, callback) => {
        this.connections += 1;
        callback();
      },
      onData: (stream, session, callback) => {
        void (async () => {
          const chunks: Buffer[] = [];
          for await (const chunk of stream) chunks.push(chunk as Buffer);
          const recipients = session.envelope.rcptTo.map(({ address }) => address);
          this.mails.push({ ...(await PostalMime.parse(Buffer.concat(chunks))), recipients });
          callback(this.answer());
        })();
      },
    });
    this.server.on('error', () => undefined); // a lost connection is the client's error to report
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server.server, 'listening');
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.server!.close(resolve));
  }
}
