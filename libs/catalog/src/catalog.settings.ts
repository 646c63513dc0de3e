import { OwnWrites, setting, settings } from '@holdfast/platform';

/** How old the product list may be that customers are shown. */
export class CatalogSettings extends settings(
  { CATALOGUE_CACHE_TTL: setting.durationOrNever('5s').refine((value) => value <= 600_000, 'must be at most 10m') },
  ({ CATALOGUE_CACHE_TTL, IDEMPOTENCY_TTL, REPLICA_MAX_LAG }, refuse) => {
    const least = OwnWrites.areRecentFor(CATALOGUE_CACHE_TTL, REPLICA_MAX_LAG);
    if (IDEMPOTENCY_TTL < least)
      refuse(
        'IDEMPOTENCY_TTL',
        `must be at least ${least / 1_000}s: a customer's recent writes are found by their keys`,
      );
  },
) {}
