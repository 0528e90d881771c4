export { inWords, stepAbove } from './durations.ts';
