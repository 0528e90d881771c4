export { type HedgeOptions, hedge } from './hedge.ts';
export { hedgeRefused, hedgeStarted, hedgeWon } from './hedge-signals.ts';
