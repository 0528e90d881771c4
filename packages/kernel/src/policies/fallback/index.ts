export { type FallbackFunction, type FallbackOptions, fallback, fallbackUsed } from './fallback.ts';
