import { Injectable } from '@nestjs/common';
import { newId } from '@holdfast/shared-kernel';
import { OrderQueries } from '@holdfast/ordering';
import { currentUnit, isoTime, type Reader, Reads, UnitOfWork } from '@holdfast/platform';

export interface OrderNoteView {
  id: string;
  text: string;
  /** The id of the admin who wrote it. */
  by: string;
  createdAt: string;
}

const COLUMNS = `id, text, written_by AS "by", ${isoTime('created_at')} AS "createdAt"`;

/** What admins write down about an order. A note never changes, and customers never see it. */
@Injectable()
export class OrderNotes {
  constructor(
    private readonly orders: OrderQueries,
    private readonly reads: Reads,
  ) {}

  /** Oldest first. Throws OrderNotFound. */
  async list(orderId: string, admin: Reader): Promise<OrderNoteView[]> {
    await this.orders.one(orderId, admin);
    const sql = `SELECT ${COLUMNS} FROM order_desk.notes WHERE order_id = $1 ORDER BY id`;
    return this.reads.query<OrderNoteView>(sql, [orderId]);
  }

  /** Throws OrderNotFound. */
  async write(orderId: string, text: string, admin: Reader): Promise<OrderNoteView> {
    // Orders are never deleted, so the order is still there when the note is written.
    await this.orders.one(orderId, admin);
    return this.insert(orderId, text, admin.id);
  }

  @UnitOfWork()
  private async insert(orderId: string, text: string, by: string): Promise<OrderNoteView> {
    const { rows } = await currentUnit().statement<OrderNoteView>(
      `INSERT INTO order_desk.notes (id, order_id, text, written_by) VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
      [newId(), orderId, text, by],
    );
    return rows[0];
  }
}
