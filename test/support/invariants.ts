import { checkInvariants, schemaRefuses } from '../../apps/demo/src/invariants';
import type { TestDatabase } from './database';

/** Ends every story and every storm: whatever happened, the promise holds in the tables. */
export async function expectInvariants({ url }: TestDatabase): Promise<void> {
  const findings = await checkInvariants(url);
  expect(findings.filter(({ violations }) => violations.length)).toEqual([]);
  expect(await schemaRefuses(url)).toEqual([]);
}
