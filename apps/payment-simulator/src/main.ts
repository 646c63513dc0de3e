import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { log } from '@holdfast/platform';
import { onShutdown, runMain } from '@holdfast/platform/observability';
import { Simulator } from './simulator';

/** Names what is missing or bad; never repeats a value, which may be a secret. */
function settingsOf(env: NodeJS.ProcessEnv) {
  const { SIMULATOR_HOST: host = '127.0.0.1', SIMULATOR_PORT = '4010', SIMULATOR_WEBHOOK_URL: webhookUrl } = env;
  const secrets = (env.PAYMENT_WEBHOOK_SECRETS ?? '').split(',').filter(Boolean);
  const [port, delay, lateAfter] = [SIMULATOR_PORT, env.SIMULATOR_DELAY_MS ?? 200, env.SIMULATOR_LATE_MS ?? 60_000].map(
    Number,
  );
  const wrong = [
    env.NODE_ENV === 'production' && 'NODE_ENV must not be production: this is no payment provider, it plays one',
    !(Number.isInteger(port) && port >= 0 && port <= 65_535) && 'SIMULATOR_PORT must be from 0 to 65535',
    !(delay >= 0) && 'SIMULATOR_DELAY_MS must be a number of milliseconds',
    !(lateAfter >= 0) && 'SIMULATOR_LATE_MS must be a number of milliseconds',
    !webhookUrl && 'SIMULATOR_WEBHOOK_URL must be set to the URL that its webhooks go to',
    !!webhookUrl && !URL.canParse(webhookUrl) && 'SIMULATOR_WEBHOOK_URL must be a URL',
    !secrets.length && 'PAYMENT_WEBHOOK_SECRETS must be set to the secrets that its webhooks are signed with',
  ].filter((each) => typeof each === 'string');
  if (wrong.length) throw new Error(wrong.join('; '));
  return { host, port, webhookUrl, secrets, delay, lateAfter, ledgerFile: env.SIMULATOR_LEDGER || undefined };
}

const SHUTDOWN_LIMIT_MS = 10_000;

runMain('payment-simulator', async () => {
  const { host, port, ...options } = settingsOf(process.env);
  const die = process.env.SIMULATOR_MAY_DIE === 'true' ? () => process.exit(1) : undefined;
  const simulator = new Simulator({ ...options, die });
  simulator.server.listen(port, host);
  await once(simulator.server, 'listening');
  onShutdown('payment-simulator', SHUTDOWN_LIMIT_MS, async () => simulator.close());
  log.info({ url: `http://${host}:${(simulator.server.address() as AddressInfo).port}` }, 'listening');
});
