import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import '@holdfast/http';
import { loadSettings } from '@holdfast/platform';
import { BadSettings, settingNames } from '@holdfast/platform/config';
// Declares the settings of every context.
import '../../../ormconfig';
import { JWT_PRIVATE_KEY } from '../../support/environment';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const GOOD = { DATABASE_URL: 'postgres://app:s3cret-of-ours@db:5432/holdfast', JWT_PRIVATE_KEY };

const STRONG = 'whsec_of-ours-and-of-nobody-else';
const SIMULATED = { PAYMENT_SIMULATOR_URL: 'http://127.0.0.1:4010', PAYMENT_WEBHOOK_SECRETS: STRONG };

describe('the settings', () => {
  it('have a default for all but the database and the key', () => {
    expect(loadSettings(GOOD)).toMatchObject({
      PORT: 3000,
      ACCESS_TOKEN_TTL: 20 * 60_000,
      REFRESH_TOKEN_TTL: 30 * 24 * 3_600_000,
      IDEMPOTENCY_TTL: 24 * 3_600_000,
      LOCK_TIMEOUT: 4_000,
      RATE_LIMIT_ORDERS_PER_MINUTE: 5,
      RATE_LIMIT_LOGINS_PER_MINUTE: 10,
      RATE_LIMIT_REQUESTS_PER_MINUTE: 300,
      CART_LINE_LIMIT: { customer: 50, admin: 50 },
      CART_LIMIT: { customer: 199, admin: 199 },
      UNPAID_ORDER_LIMIT: { customer: 5, admin: 5 },
      UNPAID_UNITS_LIMIT: { customer: 500, admin: 500 },
    });
  });

  it.each([
    ['3', 3_000],
    ['500ms', 500],
    ['30s', 30_000],
    ['15m', 900_000],
    ['15min', 900_000],
    ['1.5h', 5_400_000],
    ['2 d', 172_800_000],
  ])('read the duration %s', (text, milliseconds) => {
    expect(loadSettings({ ...GOOD, REFRESH_TOKEN_TTL: text }).REFRESH_TOKEN_TTL).toBe(milliseconds);
  });

  it.each([
    ['7', { customer: 7, admin: 7 }],
    ['0', { customer: 0, admin: 0 }],
    ['customers=3,admins=0', { customer: 3, admin: 0 }],
    [' admins = 9 ', { customer: 5, admin: 9 }],
    ['8,admins=0', { customer: 8, admin: 0 }],
  ])('read a limit for everybody or by role from %s', (text, limits) => {
    expect(loadSettings({ ...GOOD, UNPAID_ORDER_LIMIT: text }).UNPAID_ORDER_LIMIT).toEqual(limits);
  });

  it('take 0 for a cache that is switched off', () => {
    for (const text of ['0', '0s', '0ms'])
      expect(loadSettings({ ...GOOD, CATALOGUE_CACHE_TTL: text }).CATALOGUE_CACHE_TTL).toBe(0);
  });

  it('keep idempotency keys for as long as they show who has just written', () => {
    const keeping =
      (IDEMPOTENCY_TTL: string, more: NodeJS.ProcessEnv = {}) =>
      () =>
        loadSettings({ ...GOOD, IDEMPOTENCY_TTL, ...more });
    expect(keeping('5m')).not.toThrow();
    expect(keeping('1m')).toThrow(/IDEMPOTENCY_TTL must be at least 125s/);
    expect(keeping('5m', { REPLICA_MAX_LAG: '5m' })).toThrow(/IDEMPOTENCY_TTL must be at least 665s/);
    expect(keeping('5m', { CATALOGUE_CACHE_TTL: '10m' })).toThrow(/IDEMPOTENCY_TTL must be at least 720s/);
  });

  it('keep the audit log for no less than PostgreSQL does', () => {
    expect(loadSettings(GOOD).AUDIT_RETENTION).toBe(365 * 24 * 3_600_000);
    expect(() => loadSettings({ ...GOOD, AUDIT_RETENTION: '90d' })).not.toThrow();
    expect(() => loadSettings({ ...GOOD, AUDIT_RETENTION: '89d' })).toThrow(/AUDIT_RETENTION must be at least 90d/);
  });

  it('take a key with escaped line ends, as some environments pass it', () => {
    expect(loadSettings({ ...GOOD, JWT_PRIVATE_KEY: JWT_PRIVATE_KEY.replaceAll('\n', '\\n') }).JWT_PRIVATE_KEY).toBe(
      JWT_PRIVATE_KEY,
    );
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ['DATABASE_URL', { DATABASE_URL: undefined }],
    ['DATABASE_URL', { DATABASE_URL: '' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://localhost/x' }],
    ['DATABASE_URL', { DATABASE_URL: 'not a url' }],
    ['JWT_PRIVATE_KEY', { JWT_PRIVATE_KEY: undefined }],
    ['JWT_PRIVATE_KEY', { JWT_PRIVATE_KEY: '' }],
    ['JWT_PRIVATE_KEY', { JWT_PRIVATE_KEY: 'change-this-secret' }],
    ['JWT_PRIVATE_KEY', { JWT_PRIVATE_KEY: rsa }],
    ['JWT_PREVIOUS_KEYS', { JWT_PREVIOUS_KEYS: rsa }],
    ['JWT_PREVIOUS_KEYS', { JWT_PREVIOUS_KEYS: `${JWT_PRIVATE_KEY} and more` }],
    ['JWT_PRIVATE_KEY_FILE', { JWT_PRIVATE_KEY: '', JWT_PRIVATE_KEY_FILE: '/nowhere/key.pem' }],
    ['DATABASE_REPLICA_URL', { DATABASE_REPLICA_URL: 'redis://replica-of-ours' }],
    ['REPLICA_MAX_LAG', { REPLICA_MAX_LAG: '0' }],
    ['REDIS_URL', { REDIS_URL: 'http://:s3cret@redis:6379' }],
    ['CATALOGUE_CACHE_TTL', { CATALOGUE_CACHE_TTL: '11m' }],
    ['CATALOGUE_CACHE_TTL', { CATALOGUE_CACHE_TTL: '0 a while' }],
    ['DATABASE_REPLICA_URL', { DATABASE_REPLICA_URL: 'postgres://app:holdfast-demo@db2/x' }],
    ['REDIS_URL', { REDIS_URL: 'redis://:holdfast-demo@redis' }],
    ['DEMO', { DEMO: 'yes' }],
    ['DEMO', { DEMO: 'on', NODE_ENV: 'production', ALLOWED_HOSTS: 'shop.example' }],
    ['PORT', { PORT: 'eighty' }],
    ['PORT', { PORT: '65536' }],
    ['DRAIN_DELAY', { DRAIN_DELAY: '25s' }],
    ['SHUTDOWN_TIMEOUT', { SHUTDOWN_TIMEOUT: '0' }],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', { OTEL_EXPORTER_OTLP_ENDPOINT: 'otel-of-ours:4318' }],
    ['METRICS', { METRICS: 'closed' }],
    ['METRICS_PORT', { METRICS_PORT: 'eighty' }],
    ['API_DOCS', { API_DOCS: 'no' }],
    ['MAX_CONNECTIONS', { MAX_CONNECTIONS: '0' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: '*' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://shop.example,https://shop.example/path' }],
    ['ALLOWED_HOSTS', { NODE_ENV: 'production' }],
    ['WEB_CONCURRENCY', { WEB_CONCURRENCY: '0' }],
    ['DATABASE_POOL_SIZE', { DATABASE_POOL_SIZE: '0' }],
    ['TRUST_PROXY_HOPS', { TRUST_PROXY_HOPS: '-1' }],
    ['RATE_LIMIT_ORDERS_PER_MINUTE', { RATE_LIMIT_ORDERS_PER_MINUTE: '-1' }],
    ['RATE_LIMIT_LOGINS_PER_MINUTE', { RATE_LIMIT_LOGINS_PER_MINUTE: '2.5' }],
    ['RATE_LIMIT_REQUESTS_PER_MINUTE', { RATE_LIMIT_REQUESTS_PER_MINUTE: 'many' }],
    ['UNPAID_ORDER_LIMIT', { UNPAID_ORDER_LIMIT: '-1' }],
    ['UNPAID_UNITS_LIMIT', { UNPAID_UNITS_LIMIT: 'guests=4' }],
    ['CART_LIMIT', { CART_LIMIT: '10,' }],
    ['CART_LINE_LIMIT', { CART_LINE_LIMIT: '1.5' }],
    ['REQUEST_TIMEOUT', { REQUEST_TIMEOUT: '0' }],
    ['IDEMPOTENCY_TTL', { IDEMPOTENCY_TTL: 'a while' }],
    ['ACCESS_TOKEN_TTL', { ACCESS_TOKEN_TTL: '0' }],
    ['LOCK_TIMEOUT', { LOCK_TIMEOUT: '0.4ms' }],
    ['LOCK_TIMEOUT', { LOCK_TIMEOUT: '30d' }],
    ['SWEEP_INTERVAL', { SWEEP_INTERVAL: '30d' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
    ['SMTP_URL', { SMTP_URL: 'https://user:mail-secret@mail', MAIL_FROM: 'a@b.cd' }],
    ['MAIL_FROM', { SMTP_URL: 'smtp://mail' }],
    ['MAIL_FROM', { MAIL_FROM: 'The Shop' }],
    ['MAIL_FROM', { MAIL_FROM: 'a@b.cd\r\nBcc: c@d.ef' }],
    ['OPERATIONS_EMAIL', { OPERATIONS_EMAIL: 'ops@shop.example,nobody' }],
    ['SMS_URL', { SMS_URL: 'ftp://gateway' }],
    ['NATS_URL', { NATS_URL: 'http://ann:s3cret@nats:4222' }],
    ['WEBHOOK_TARGETS', { WEBHOOK_TARGETS: 'all' }],
    ['WEBHOOK_TIMEOUT', { WEBHOOK_TIMEOUT: '31s' }],
    ['WEBHOOK_SECRETS_KEY', { WEBHOOK_SECRETS_KEY: 'too short' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://app:change-this-password@db/x' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://app:change-me@db/x' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://app:holdfast-demo@db/x' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://app:123456@db/x' }],
    ['PAYMENT_PROVIDERS', { PAYMENT_PROVIDERS: 'simulator,acme', ...SIMULATED }],
    ['PAYMENT_WEBHOOK_SECRETS', { PAYMENT_PROVIDERS: 'simulator', ...SIMULATED, PAYMENT_WEBHOOK_SECRETS: ' , ' }],
    ['PAYMENT_PROVIDERS', { NODE_ENV: 'production', PAYMENT_PROVIDERS: 'simulator', ...SIMULATED }],
    ['STRIPE_SECRET_KEY', { PAYMENT_PROVIDERS: 'stripe', STRIPE_WEBHOOK_SECRETS: STRONG }],
    ['STRIPE_WEBHOOK_SECRETS', { PAYMENT_PROVIDERS: 'stripe', STRIPE_SECRET_KEY: 'sk_live_of-ours' }],
    ['PAYMENT_CALL_TIMEOUT', { PAYMENT_CALL_TIMEOUT: '31s' }],
  ])('OPS-19 SEC-17 PAY-13 name %s when it is missing or bad', (name, change) => {
    const read = () => loadSettings({ ...GOOD, ...change });
    expect(read).toThrow(BadSettings);
    expect(read).toThrow(name);
    for (const value of Object.values(change))
      if (value && value.length > 3 && value !== 'production') expect(read).not.toThrow(value);
  });

  describe.each(['PAYMENT_WEBHOOK_SECRETS', 'STRIPE_WEBHOOK_SECRETS', 'WEBHOOK_SECRETS_KEY'])('%s', (name) => {
    const weak = [
      'holdfast-demo',
      'whsec_holdfast-demo',
      'change-this-secret-before-the-first-start',
      'whsec_short',
      'whsec_abcdefghijklmno',
      'a'.repeat(48),
      'whsec_' + 'abcdefgh'.repeat(4),
      'abcdefg1'.repeat(5),
      'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeee',
    ];
    it.each(weak.flatMap((secret) => ['development', 'test', 'production'].map((env) => [secret, env])))(
      'SEC-17 refuses %s in %s, and names the rule',
      (secret, NODE_ENV) => {
        const read = () => loadSettings({ ...GOOD, NODE_ENV, ALLOWED_HOSTS: 'shop.example', [name]: secret });
        expect(read).toThrow(new RegExp(`${name} must have at least`));
        expect(read).not.toThrow(secret);
      },
    );

    it('accepts a random secret, and any secret of 32 characters with DEMO=on', () => {
      for (const secret of ['5f1d7c0ab2e94c6f8a13b7d2e4f60918c3a5b7d9e1f20435', 'kq3Zp0v8_Yd2Tn7mWc4xBs1a-Rf6Hj9L'])
        expect(() => loadSettings({ ...GOOD, [name]: secret })).not.toThrow();
      expect(() => loadSettings({ ...GOOD, DEMO: 'on', [name]: 'a'.repeat(32) })).not.toThrow();
    });
  });

  it('accept the secrets of docker-compose.yml with DEMO=on', () => {
    const compose = { ...SIMULATED, PAYMENT_PROVIDERS: 'simulator', PAYMENT_WEBHOOK_SECRETS: 'holdfast-demo' };
    const database = { DATABASE_URL: 'postgres://holdfast:holdfast-demo@postgres:5432/holdfast' };
    const read = (DEMO: string) => () => loadSettings({ ...GOOD, ...database, ...compose, NODE_ENV: 'demo', DEMO });
    expect(read('on')).not.toThrow();
    expect(read('off')).toThrow(/(?=.*DATABASE_URL)(?=.*PAYMENT_WEBHOOK_SECRETS)/);
  });

  it('list payment providers and secrets, in their order', () => {
    expect(loadSettings({ ...GOOD, ...SIMULATED }).PAYMENT_PROVIDERS).toEqual([]);
    expect(
      loadSettings({
        ...GOOD,
        ...SIMULATED,
        PAYMENT_PROVIDERS: 'simulator',
        PAYMENT_WEBHOOK_SECRETS: `${STRONG}, old-${STRONG}`,
      }),
    ).toMatchObject({ PAYMENT_PROVIDERS: ['simulator'], PAYMENT_WEBHOOK_SECRETS: [STRONG, `old-${STRONG}`] });
  });

  it('name all that is wrong at once', () => {
    expect(() => loadSettings({ PORT: 'x' })).toThrow(/(?=.*PORT)(?=.*DATABASE_URL)(?=.*JWT_PRIVATE_KEY)/);
  });

  it('are all in docs/configuration.md, and nothing else is', () => {
    const page = readFileSync(join(__dirname, '../../../docs/configuration.md'), 'utf8');
    const names = page
      .split('\n')
      .filter((row) => row.startsWith('| `'))
      .flatMap((row) => [...row.matchAll(/`([A-Z_]{4,})`/g)].map(([, name]) => name));
    expect([...new Set(names)].sort()).toEqual([...settingNames(), 'JWT_PRIVATE_KEY_FILE'].sort());
  });

  it('are all in .env.example, and its defaults are accepted', () => {
    const lines = readFileSync(join(__dirname, '../../../.env.example'), 'utf8').split('\n');
    const pairs = lines.flatMap((line) => [...line.matchAll(/^(?:# )?([A-Z_]{4,})=(.*)$/g)].map(([, ...pair]) => pair));
    const names = pairs.map(([name]) => name.replace('JWT_PRIVATE_KEY_FILE', 'JWT_PRIVATE_KEY'));
    expect(names.sort()).toEqual(settingNames().sort());
    const { JWT_PRIVATE_KEY_FILE: _file, ...example } = Object.fromEntries(pairs) as NodeJS.ProcessEnv;
    expect(loadSettings({ ...example, JWT_PRIVATE_KEY })).toEqual(
      loadSettings({ DATABASE_URL: example.DATABASE_URL, JWT_PRIVATE_KEY }),
    );
  });
});
