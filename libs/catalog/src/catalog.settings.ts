import { OwnWrites, setting, settings } from '@holdfast/platform';

/** The settings of the product list. */
export class CatalogSettings extends settings(
  { CATALOGUE_CACHE_TTL: setting.durationOrNever('5s').refine((value) => value <= 600_000, 'must be at most 10m') },
  ({ CATALOGUE_CACHE_TTL, IDEMPOTENCY_TTL, REPLICA_MAX_LAG }, refuse) => {
    const least = OwnWrites.areRecentFor(CATALOGUE_CACHE_TTL, REPLICA_MAX_LAG);
    if (IDEMPOTENCY_TTL < least)
      refuse('IDEMPOTENCY_TTL', `must be at least ${least / 1_000}s: the keys show which customers have recent writes`);
  },
) {}
