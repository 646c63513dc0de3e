export class HealthDto {
  /** @example "ok" */
  status: 'ok';
  /** @example { "database": "ok" } */
  checks?: Record<string, 'ok'>;
}
