import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit log may be shortened at its old end, and nowhere else. */
export class AuditRetention1700000000070 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER audit_log_append_only ON platform.audit_log;
      CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR TRUNCATE ON platform.audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
      -- The least that AUDIT_RETENTION may be, 90 days, and in hours as it counts them: days may have 25.
      CREATE TRIGGER audit_log_kept BEFORE DELETE ON platform.audit_log
        FOR EACH ROW WHEN (OLD.at > clock_timestamp() - interval '2160 hours') EXECUTE FUNCTION platform.refuse_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER audit_log_kept ON platform.audit_log;
      DROP TRIGGER audit_log_append_only ON platform.audit_log;
      CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON platform.audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
    `);
  }
}
