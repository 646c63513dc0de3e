import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a session needs to answer a repeated refresh, and the name of its device. */
export class SessionDetails1700000000130 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE identity.sessions
        ADD replaced_token_id  uuid,
        ADD replaced_at        timestamptz,
        -- Opens with the token that was replaced, of which nothing is stored but its id.
        ADD sealed_successor   text CONSTRAINT sessions_successor_sealed CHECK (sealed_successor !~ '^eyJ'),
        ADD device             text CONSTRAINT sessions_device_length CHECK (length(device) BETWEEN 1 AND 100);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE identity.sessions
        DROP replaced_token_id, DROP replaced_at, DROP sealed_successor, DROP device`);
  }
}
