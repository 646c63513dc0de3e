import cluster from 'node:cluster';
import type { LoggerService } from '@nestjs/common';
import pino from 'pino';
import { sqlState } from '../problems';
import { requestContext } from './request-context';

const SECRETS = [
  'password',
  'passwordConfirmation',
  'currentPassword',
  'refreshToken',
  'accessToken',
  'authorization',
  'secret',
];

/** Logs only these fields of an error: a failed query also carries its parameters, which may be secret. */
const describe = (error: unknown) =>
  error instanceof Error
    ? { type: error.name, code: sqlState(error), message: error.message, stack: error.stack }
    : { message: String(error) };

/** An unknown level counts as `info` here: the settings refuse it, and need the log to do so. */
const levelOf = (name = 'info'): string => (name in pino.levels.values || name === 'silent' ? name : 'info');

/** JSON lines with `timestamp`, `level`, `message`, and the request id wherever there is a request. */
export const log = pino(
  {
    level: levelOf(process.env['LOG_LEVEL']),
    // Distinguishes the processes of WEB_CONCURRENCY.
    base: cluster.isWorker ? { pid: process.pid } : undefined,
    messageKey: 'message',
    timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
    formatters: { level: (level) => ({ level }) },
    serializers: { err: describe },
    redact: SECRETS.flatMap((name) => [name, `*.${name}`]),
    mixin: () => {
      const context = requestContext.getStore();
      if (!context) return {};
      const { requestId, traceparent } = context;
      return traceparent ? { requestId, traceId: traceparent.slice(3, 35), traceparent } : { requestId };
    },
  },
  // Synchronous, so that a line written just before a crash is not lost.
  pino.destination({ dest: 1, sync: true }),
);

/** Nest's own messages through the same logger. */
export class NestLogger implements LoggerService {
  log = (message: unknown, context?: unknown) => log.info({ context }, String(message));
  debug = (message: unknown, context?: unknown) => log.debug({ context }, String(message));
  verbose = (message: unknown, context?: unknown) => log.trace({ context }, String(message));
  warn = (message: unknown, context?: unknown) => log.warn({ context }, String(message));
  error = (message: unknown, ...rest: unknown[]) =>
    log.error(
      { context: rest.at(-1), ...(message instanceof Error ? { err: message } : { stack: rest[0] }) },
      String(message),
    );
  fatal = (message: unknown, ...rest: unknown[]) => log.fatal({ context: rest.at(-1) }, String(message));
}
