import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What admins and API keys have done. */
export class Audit1700000000061 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE platform.audit_log (
        id           uuid PRIMARY KEY,
        at           timestamptz NOT NULL DEFAULT clock_timestamp(),
        actor_kind   text NOT NULL CONSTRAINT audit_log_actor_kind CHECK (actor_kind IN ('admin', 'api-key')),
        actor_id     uuid NOT NULL,
        operation    text NOT NULL,
        object_type  text,
        object_id    uuid,
        -- Names only: values may be personal, and would outlive the account.
        fields       jsonb NOT NULL,
        request_id   uuid NOT NULL
      );
      CREATE INDEX audit_log_by_time ON platform.audit_log (at, id);
      CREATE INDEX audit_log_of_actor ON platform.audit_log (actor_id, at, id);
      CREATE INDEX audit_log_of_object ON platform.audit_log (object_id, at, id);

      CREATE FUNCTION platform.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
      CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON platform.audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE platform.audit_log; DROP FUNCTION platform.refuse_change()');
  }
}
