export { type PostgresOptions, postgresStore } from './postgres-store.ts';
export { statements } from './statements.ts';
