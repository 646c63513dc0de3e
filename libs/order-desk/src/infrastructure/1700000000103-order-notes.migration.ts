import type { MigrationInterface, QueryRunner } from 'typeorm';

export class OrderNotes1700000000103 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA order_desk;

      CREATE TABLE order_desk.notes (
        id          uuid PRIMARY KEY,
        order_id    uuid NOT NULL,
        text        text NOT NULL,
        written_by  uuid NOT NULL,
        created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      CREATE INDEX notes_of_order ON order_desk.notes (order_id, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE order_desk.notes; DROP SCHEMA order_desk');
  }
}
