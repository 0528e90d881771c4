export { type TimeoutOptions, timeout } from './timeout.ts';
