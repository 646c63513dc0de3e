import { log } from './logger';

/**
 * Runs a process's main. Any error that ends it is logged as one JSON line, with exit code 1.
 */
export function runMain(name: string, main: () => Promise<void>): void {
  const die = (error: unknown) => {
    log.fatal({ err: error }, `${name} stopped: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
  main().catch(die);
}

/** On SIGTERM or SIGINT `close` finishes the work under way; then the process exits 0, or 1 after `limit` ms. */
export function onShutdown(name: string, limit: number, close: () => Promise<void>): void {
  let closing = false;
  const shutDown = (signal: NodeJS.Signals) => {
    if (closing) return;
    closing = true;
    log.info({ signal }, `${name} is shutting down`);
    setTimeout(() => {
      log.error(`${name} could not finish within ${limit} ms`);
      process.exit(1);
    }, limit).unref();
    close().then(
      () => {
        log.info(`${name} has shut down`);
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ err: error }, `${name} failed to shut down`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', shutDown);
  process.on('SIGINT', shutDown);
}
