import { defineSignal } from '../../signals/index.ts';

/** The work has taken long: it is called once more, beside the calls that run. */
export const hedgeStarted = defineSignal<{
  /** 1 for the first hedge of the run. */
  readonly hedge: number;
  readonly delayMs: number;
}>('hedge.started');

/** A hedge gave the first good answer. */
export const hedgeWon = defineSignal<{ readonly hedge: number }>('hedge.won');
