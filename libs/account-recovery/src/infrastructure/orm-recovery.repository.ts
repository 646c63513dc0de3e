import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
import { Recovery } from '../domain/recovery';
import { type MailLimits, type MailRequest, RecoveryRepository } from '../domain/recovery.repository';

@Injectable()
export class OrmRecoveryRepository extends RecoveryRepository {
  /** Advisory locks, always in this order, make twins count one after the other. */
  async admit({ purpose, customerId, clientAddress }: MailRequest, limits: MailLimits): Promise<boolean> {
    const { statement } = currentUnit();
    for (const who of [clientAddress ?? '', customerId])
      await statement(`SELECT pg_advisory_xact_lock(hashtextextended('account-recovery ' || $1, 0))`, [who]);
    const { affected } = await statement(
      `INSERT INTO account_recovery.counted_requests (purpose, customer_id, client_address)
       SELECT $1, $2::uuid, $3::text
       WHERE (SELECT count(*) FROM account_recovery.counted_requests
              WHERE customer_id = $2 AND purpose = $1 AND requested_at > clock_timestamp() - interval '1 hour') < $4
         AND (SELECT count(*) FROM account_recovery.counted_requests
              WHERE client_address = $3 AND purpose = $1 AND requested_at > clock_timestamp() - interval '1 hour') < $5`,
      [purpose, customerId, clientAddress ?? null, limits.perAccount, limits.perClientAddress],
    );
    return affected === 1;
  }

  /** The lock that {@link admit} has taken on the customer keeps twins apart. */
  async replace(recovery: Recovery): Promise<void> {
    const unit = currentUnit();
    await unit.statement('DELETE FROM account_recovery.recoveries WHERE customer_id = $1 AND purpose = $2', [
      recovery.customerId,
      recovery.purpose,
    ]);
    unit.add(recovery);
  }

  lock(id: string): Promise<Recovery | undefined> {
    return currentUnit().lock(Recovery, id);
  }

  async remove(id: string): Promise<void> {
    await currentUnit().statement('DELETE FROM account_recovery.recoveries WHERE id = $1', [id]);
  }

  async sweep(atMost: number): Promise<number> {
    const { statement } = currentUnit();
    const expired = await statement(
      `DELETE FROM account_recovery.recoveries WHERE id IN (
         SELECT id FROM account_recovery.recoveries WHERE expires_at <= clock_timestamp()
         LIMIT $1 FOR UPDATE SKIP LOCKED)`,
      [atMost],
    );
    const counted = await statement(
      `DELETE FROM account_recovery.counted_requests WHERE id IN (
         SELECT id FROM account_recovery.counted_requests WHERE requested_at <= clock_timestamp() - interval '1 hour'
         LIMIT $1 FOR UPDATE SKIP LOCKED)`,
      [atMost],
    );
    return Math.max(expired.affected, counted.affected);
  }
}
