import { Injectable } from '@nestjs/common';
import { Clock } from '@holdfast/shared-kernel';
import { currentUnit } from '@holdfast/platform';
import { Fulfilment } from '../domain/fulfilment';
import { ReturnNotFound } from '../domain/fulfilment.errors';
import { FulfilmentRepository, ReturnRepository } from '../domain/fulfilment.repositories';
import { Return } from '../domain/return';

@Injectable()
export class OrmFulfilmentRepository extends FulfilmentRepository {
  constructor(private readonly clock: Clock) {
    super();
  }

  /** A twin waits for the row of the first. The row says no more than that its order is paid. */
  async open(orderId: string): Promise<void> {
    await currentUnit().ask(OrmFulfilmentRepository, orderId, async (orderIds, statement) => {
      await statement(
        `INSERT INTO fulfilment.fulfilments (order_id, status, version, opened_at, updated_at)
         SELECT id, 'open', 1, $2, $2 FROM unnest($1::uuid[]) AS id ORDER BY id ON CONFLICT (order_id) DO NOTHING`,
        [orderIds, this.clock.now()],
      );
      return orderIds;
    });
  }

  async lock(orderId: string): Promise<Fulfilment> {
    const unit = currentUnit();
    const known = await unit.lock(Fulfilment, orderId);
    if (known) return known;
    await this.open(orderId);
    const opened = await unit.lock(Fulfilment, orderId);
    if (!opened) throw new Error(`The fulfilment of order ${orderId} was opened and is not there.`);
    return opened;
  }
}

@Injectable()
export class OrmReturnRepository extends ReturnRepository {
  add(requested: Return): void {
    currentUnit().add(requested);
  }

  async orderOf(id: string): Promise<string> {
    const { rows } = await currentUnit().statement<{ order_id: string }>(
      'SELECT order_id FROM fulfilment.returns WHERE id = $1',
      [id],
    );
    if (!rows.length) throw new ReturnNotFound();
    return rows[0].order_id;
  }

  async lock(id: string): Promise<Return> {
    const found = await currentUnit().lock(Return, id);
    if (!found) throw new ReturnNotFound();
    return found;
  }

  async hasOpen(customerId: string): Promise<boolean> {
    const { rows } = await currentUnit().statement(
      `SELECT FROM fulfilment.returns WHERE status = 'requested' AND customer_id = $1 LIMIT 1`,
      [customerId],
    );
    return rows.length > 0;
  }
}
