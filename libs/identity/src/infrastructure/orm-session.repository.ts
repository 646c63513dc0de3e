import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
import { Session } from '../domain/session';
import { SessionRepository } from '../domain/session.repository';

@Injectable()
export class OrmSessionRepository extends SessionRepository {
  add(session: Session): void {
    currentUnit().add(session);
  }

  async lock(id: string): Promise<Session | undefined> {
    return currentUnit().lock(Session, id);
  }

  async lockAllOf(customerId: string): Promise<Session[]> {
    const { rows } = await currentUnit().statement<{ id: string }>(
      'SELECT id FROM identity.sessions WHERE customer_id = $1 AND ended_at IS NULL',
      [customerId],
    );
    return currentUnit().lockAll(
      Session,
      rows.map(({ id }) => id),
    );
  }

  async removeExpired(atMost: number): Promise<number> {
    const { affected } = await currentUnit().statement(
      `DELETE FROM identity.sessions WHERE id IN (
         SELECT id FROM identity.sessions WHERE expires_at <= clock_timestamp() LIMIT $1 FOR UPDATE SKIP LOCKED)`,
      [atMost],
    );
    return affected;
  }
}
