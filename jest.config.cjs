const { existsSync, readdirSync } = require('node:fs');
const { join } = require('node:path');

/**
 * Three tiers, cheapest first: `unit` needs nothing, `integration` needs PostgreSQL, `system` runs the built processes.
 * `npm run test:unit`, `test:integration` and `test:system` each run one of them; `npx jest <file>` finds its tier.
 */
const tier = (displayName, roots, more = {}) => ({
  displayName,
  roots: roots.map((root) => `<rootDir>/${root}`),
  testEnvironment: 'node',
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json'],
  testRegex: '\\.spec\\.ts$',
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/architecture/violations/'],
  transform: { '\\.[cm]?[jt]s$': '<rootDir>/test/support/jest-transformer.cjs' },
  transformIgnorePatterns: [],
  moduleNameMapper: {
    '^@holdfast/platform/([^/]+)$': '<rootDir>/libs/platform/src/$1/index.ts',
    '^@holdfast/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
  },
  ...more,
});
const database = {
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};

/** Adapters and apps are measured by the system tier, in processes that Jest does not see. */
const COVERED = 'libs/*/src/{domain,application}/**/*.ts';

/** Percent of lines that the suites themselves run, folder by folder; a little under what was measured. */
const domains = readdirSync(join(__dirname, 'libs'))
  .map((lib) => `./libs/${lib}/src/domain/`)
  .filter((folder) => existsSync(join(__dirname, folder)));
const coverageThreshold = {
  ...Object.fromEntries(domains.map((folder) => [folder, { lines: 75 }])),
  './libs/platform/src/': { lines: 90 },
  './libs/shared-kernel/src/': { lines: 92 },
};

module.exports = {
  projects: [
    tier('unit', ['apps', 'libs', 'test/architecture']),
    tier('integration', ['test/integration'], database),
    tier('system', ['test/system'], { ...database, globalSetup: '<rootDir>/test/support/system-setup.ts' }),
  ],
  // Above the patience of eventually() and until(), whose failure says what did not come true.
  testTimeout: 240_000,
  // Suites also wait, for clocks, for killed processes and for the database: a third one fills two processors.
  maxWorkers: 3,
  testSequencer: '<rootDir>/test/support/slowest-first.cjs',
  reporters: ['default', '<rootDir>/test/support/slowest-suites.cjs'],
  // The transformer cannot instrument; V8 counts without it.
  coverageProvider: 'v8',
  coverageThreshold,
  collectCoverageFrom: [COVERED, 'libs/{shared-kernel,platform}/src/**/*.ts', '!**/*.spec.ts', '!**/*.migration.ts'],
};
