export { sqliteFaults } from './sqlite-faults.ts';
export { type SqliteStoreOptions, sqliteStore } from './sqlite-store.ts';
