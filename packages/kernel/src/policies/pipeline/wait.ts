import type { Refusal } from './refusal.ts';

/** What a wait on the way in resolves with, save with a refusal: the call is admitted; or it looks where it stands. */
export const ADMITTED: unique symbol = Symbol();
export const OVER: unique symbol = Symbol();

/**
 * Begins a wait on the way in. It gets what ends the wait: nothing admits the call, a refusal refuses it; only the
 * first ending counts. Answers how to give the wait up, which is harmless when it has ended.
 */
export type Hold = (end: (refusal?: Refusal | typeof OVER) => void) => () => void;
