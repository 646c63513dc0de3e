export class HealthDto {
  /** @example "ok" */
  status!: 'ok';
  /** @example { "database": "ok", "migrations": "ok" } */
  checks?: Record<string, 'ok'>;
}
