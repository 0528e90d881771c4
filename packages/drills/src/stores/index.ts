export { DOWN, type Fates, FlakyStore, SHAKY, STEADY } from './flaky-store.ts';
