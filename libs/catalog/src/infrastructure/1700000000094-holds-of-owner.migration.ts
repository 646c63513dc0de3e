import type { MigrationInterface, QueryRunner } from 'typeorm';

/** All holds of a customer, for the limit of what one customer may hold. */
export class HoldsOfOwner1700000000094 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX holds_of_owner ON catalog.holds (owner_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX catalog.holds_of_owner');
  }
}
