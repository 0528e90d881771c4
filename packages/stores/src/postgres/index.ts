export { type PostgresOptions, postgresStore } from './postgres-store.ts';
