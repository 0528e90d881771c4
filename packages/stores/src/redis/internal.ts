// For the benches of this repository, whose raw clients say just what the store says. It is for nobody else.
export { RedisNames } from './redis-names.ts';
export { recordHead } from './redis-record.ts';
export { PUT } from './redis-scripts.ts';
