import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IdentityModule, RegistrationService } from '@holdfast/identity';
import { HttpProblem, loadSettings, PlatformModule, runMigrations } from '@holdfast/platform';
import { databaseOptions } from '../../../ormconfig';

const USAGE =
  'usage: create-admin --username <name> --email <address> [--password <password>]   (or ADMIN_PASSWORD in the environment)';

@Module({})
class CreateAdminModule {}

/** Creates the first admin, or any further one; run again it changes nothing. Returns what to tell. */
async function createAdmin(): Promise<string> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { username: text, email: text, password: text } });
  const { username, email, password = process.env['ADMIN_PASSWORD'] } = values;
  if (!username || !email || !password) throw new Error(USAGE);

  const settings = loadSettings();
  const database = databaseOptions(settings);
  await runMigrations(database);
  const imports = [PlatformModule.forRoot(settings, database), IdentityModule];
  const app = await NestFactory.createApplicationContext(
    { module: CreateAdminModule, imports },
    { logger: false, abortOnError: false },
  );
  try {
    const outcome = await app.get(RegistrationService).registerAdmin({ username, email, password });
    return outcome === 'created' ? `admin ${username} created` : `there is an admin ${username} already: nothing to do`;
  } finally {
    await app.close();
  }
}

/** A broken rule is named by its fields, not by the title above them. */
function reasonOf(error: unknown): string {
  const { errors } = error instanceof HttpProblem ? error.members : {};
  if (Array.isArray(errors)) return errors.map(({ detail }: { detail: string }) => detail).join('; ');
  return error instanceof Error ? error.message : String(error);
}

createAdmin().then(
  (message) => console.log(message),
  (error: unknown) => {
    console.error(`no admin was created: ${reasonOf(error)}`);
    process.exitCode = 1;
  },
);
