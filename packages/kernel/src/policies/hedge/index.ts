export { type HedgeOptions, hedge } from './hedge.ts';
export { hedgeStarted, hedgeWon } from './hedge-signals.ts';
