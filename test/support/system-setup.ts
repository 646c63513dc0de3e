import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import globalSetup from './global-setup';

/** Refuses to test processes that were built before the last change. */
export default async function systemSetup(): Promise<void> {
  const check = spawnSync(process.execPath, [join(__dirname, '../../libs/testbed/build.mjs'), '--check']);
  if (check.status !== 0) throw new Error(String(check.stderr).trim());
  await globalSetup();
}
