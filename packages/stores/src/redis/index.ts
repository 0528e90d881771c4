export { RedisNames } from './redis-names.ts';
export { recordHead } from './redis-record.ts';
export { PUT } from './redis-scripts.ts';
export { type RedisStoreOptions, redisStore } from './redis-store.ts';
