import type { JetStreamClient } from '@nats-io/jetstream';
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { log } from '../observability';
import { CLOUD_EVENT_TYPE, type CloudEvent } from './cloud-event';

const STREAM = 'HOLDFAST';
const SUBJECTS = 'holdfast.>';
/** How long the broker remembers message ids. A publication whose answer was lost is repeated sooner. */
const DEDUPLICATION_MS = 10 * 60_000;
/** The timeout of a connection, and of the answer to a message. */
export const BROKER_TIMEOUT_MS = 5_000;

/**
 * NATS JetStream. The stream `HOLDFAST` is created when it is missing. An existing stream keeps the replicas, retention
 * and limits that its operator chose.
 *
 * The client's own reconnecting is off: it would buffer messages in memory, while the outbox keeps them safe. A failed
 * connection is dropped, and the next publication opens a new one.
 */
export class Broker {
  private connection?: NatsConnection;
  private stream?: JetStreamClient;
  private makeHeaders?: () => MsgHdrs;

  constructor(private readonly url: string) {}

  /** Throws while the broker is unavailable. */
  async open(): Promise<void> {
    if (this.connection && !this.connection.isClosed()) return;
    // Loading the client takes a seventh of a second, which a process without a broker saves.
    const { connect, headers } = await import('@nats-io/transport-node');
    const { jetstream } = await import('@nats-io/jetstream');
    this.makeHeaders = headers;
    const { host, protocol, username, password } = new URL(this.url);
    this.connection = await connect({
      servers: host,
      name: 'holdfast',
      user: username ? decodeURIComponent(username) : undefined,
      pass: password ? decodeURIComponent(password) : undefined,
      tls: protocol === 'tls:' ? {} : undefined,
      timeout: BROKER_TIMEOUT_MS,
      reconnect: false,
    });
    await this.makeStream(this.connection);
    this.stream = jetstream(this.connection, { timeout: BROKER_TIMEOUT_MS });
  }

  /** Resolves when the broker has stored the event, now or before. */
  async publish(event: CloudEvent): Promise<void> {
    if (!this.stream || !this.makeHeaders) throw new Error('the broker is not open');
    const messageHeaders = this.makeHeaders();
    messageHeaders.set('content-type', CLOUD_EVENT_TYPE);
    await this.stream.publish(event.type, JSON.stringify(event), { msgID: event.id, headers: messageHeaders });
  }

  /** Never throws: a publication without an answer counts as not published. */
  async close(): Promise<void> {
    await this.connection?.close().catch((error: unknown) => log.debug({ err: error }, 'closing the broker failed'));
    this.connection = undefined;
  }

  private async makeStream(connection: NatsConnection): Promise<void> {
    const { jetstreamManager, JetStreamApiCodes, JetStreamApiError } = await import('@nats-io/jetstream');
    const { nanos } = await import('@nats-io/transport-node');
    const manager = await jetstreamManager(connection, { timeout: BROKER_TIMEOUT_MS });
    try {
      await manager.streams.info(STREAM);
    } catch (error) {
      const missing = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
      if (!missing) throw error;
      await manager.streams.add({ name: STREAM, subjects: [SUBJECTS], duplicate_window: nanos(DEDUPLICATION_MS) });
      log.info({ stream: STREAM }, 'made the stream for published events');
    }
  }
}
