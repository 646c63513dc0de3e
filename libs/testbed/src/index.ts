// Owns: a PostgreSQL out of node_modules, built processes, a shop of real products, the invariants in SQL.
// Exposes: what follows, to start, demo, bench and the tests. Nothing of it goes into the image.
// Emits: nothing.
// Reacts to: nothing.
// Promises: what is started here ends with the process that started it, however that process ends.
export { untilDatabaseAnswers } from './database-ready';
export { CannotStart, type EmbeddedPostgres, lastLines, startEmbeddedPostgres } from './embedded-postgres';
export { freePort, isFreePort } from './free-port';
export { type Credentials, HOME, ROOT, type Running, RUNNING } from './home';
export { bank, checkInvariants, type Finding, INVARIANTS, type Terms } from './invariants';
export type { Moment } from './invariants/invariant';
export { schemaRefuses } from './invariants/schema';
export { cpuSeconds, DIST, memoryMb, running, Server, STOP_WITH_LAUNCHER } from './processes';
export { Dispatch } from './shop/dispatch';
export { type Invoice, type InvoiceLine, pence, pounds, type Sample } from './shop/online-retail';
export { showProgress } from './shop/progress';
export { loadShop, readSample } from './shop/shop';
export * from './shop/shop-client';
export { ordersOf, TradingDay } from './shop/trading-day';
export { terminate } from './terminate';
