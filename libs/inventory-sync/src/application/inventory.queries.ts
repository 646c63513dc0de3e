import { Injectable } from '@nestjs/common';
import { isoTime, type KeyColumns, Keyset, type List, Reads } from '@holdfast/platform';
import type { CountResult } from '../domain/count';

/** The last count of a product by a source, where it differs from what we had when it was taken. */
export interface DriftView {
  sku: string;
  source: string;
  takenAt: string;
  theirs: number;
  ours: number;
}

export interface FeedView {
  id: string;
  source: string;
  takenAt: string;
  receivedAt: string;
  /** The id of the admin or key that sent it. */
  sentBy: string;
  items: number;
  /** How many items had each result; null for a feed that broke off. */
  results: Partial<Record<CountResult, number>> | null;
}

/** The most rows of a drift report. */
const MOST_ROWS = 10_000;

@Injectable()
export class InventoryQueries {
  constructor(private readonly reads: Reads) {}

  /** The largest differences first. */
  drift(source: string | undefined): Promise<DriftView[]> {
    return this.reads.query<DriftView>(
      `SELECT sku, source, ${isoTime('taken_at')} AS "takenAt", theirs::float8 AS theirs, ours::float8 AS ours
       FROM (SELECT DISTINCT ON (product_id, source) * FROM inventory_sync.counts
             WHERE $1::text IS NULL OR source = $1 ORDER BY product_id, source, taken_at DESC, refused) last
       WHERE theirs <> ours ORDER BY abs(last.theirs - last.ours) DESC, last.sku, last.source LIMIT ${MOST_ROWS}`,
      [source ?? null],
    );
  }

  /** The latest first. */
  async feeds({ cursor, limit }: { cursor?: string; limit: number }): Promise<List<FeedView>> {
    const page = new Keyset({ key: 'f.id', type: 'uuid', id: 'f.id', descending: true, boundTo: {}, cursor, limit });
    const parameters: unknown[] = [];
    const rows = await this.reads.query<FeedView & KeyColumns>(
      `SELECT f.id, f.source, ${isoTime('f.taken_at')} AS "takenAt", ${isoTime('f.received_at')} AS "receivedAt",
         f.sent_by AS "sentBy", f.items, f.results, ${page.columns}
       FROM inventory_sync.feeds f WHERE ${page.after(parameters)} ${page.orderAndLimit}`,
      parameters,
    );
    return page.list(rows);
  }
}
