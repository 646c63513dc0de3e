import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IdentityModule, AccountsService } from '@holdfast/identity';
import { loadSettings, PlatformModule, runMigrations } from '@holdfast/platform';
import { databaseOptions } from '../../../ormconfig';

const USAGE =
  'usage: create-admin --username <name> --email <address> [--password <password>]\n' +
  'Without --password, the environment variable ADMIN_PASSWORD holds the password.';

@Module({})
class CreateAdminModule {}

/** Creates an admin; repeated, it changes nothing. Returns the message for the operator. */
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
    const outcome = await app.get(AccountsService).registerAdmin({ username, email, password });
    return outcome === 'created' ? `admin ${username} created` : `admin ${username} exists already, nothing changed`;
  } finally {
    await app.close();
  }
}

/** Names each broken rule, instead of the title that all of them share. */
function reasonOf(error: unknown): string {
  const { errors } = (error as { details?: { errors?: unknown } }).details ?? {};
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
