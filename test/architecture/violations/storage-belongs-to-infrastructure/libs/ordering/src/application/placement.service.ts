import type { DataSource } from 'typeorm'; // reported
export type Source = DataSource;
