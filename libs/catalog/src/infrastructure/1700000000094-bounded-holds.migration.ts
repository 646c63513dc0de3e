import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Bounds how long a customer holds units, and how many: all holds of a customer are summed up. */
export class BoundedHolds1700000000094 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Processes of the version before name no end.
    await runner.query(`
      ALTER TABLE catalog.holds
        ADD renewable_until timestamptz(3) NOT NULL DEFAULT clock_timestamp() + interval '1 hour';
      CREATE INDEX holds_of_owner ON catalog.holds (owner_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX catalog.holds_of_owner; ALTER TABLE catalog.holds DROP renewable_until');
  }
}
