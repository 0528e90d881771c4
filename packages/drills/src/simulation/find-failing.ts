import { type Clock, systemClock } from '@sustain/kernel';
import { COUNT, checkOptions, POSITIVE } from '@sustain/kernel/options';
import type { Program } from './program.ts';
import { shrinkFailure } from './shrink-failure.ts';
import { simulate } from './simulate.ts';
import type { SimulationOptions, SimulationResult } from './simulation-result.ts';

export interface SearchOptions extends Omit<SimulationOptions, 'plan'> {
  /** How many. Default 1000. */
  readonly seeds?: number;
  /** Default 0. */
  readonly firstSeed?: number;
  /** In real time, for the search; shrinking takes as long again at most. Default 60,000. */
  readonly budgetMs?: number;
  /** Called after every seed. */
  readonly onProgress?: (progress: SearchProgress) => void;
  /** Of the budget. */
  readonly clock?: Clock;
}

export interface SearchProgress {
  readonly seed: number;
  readonly seeds: number;
  /** Of all runs until now. */
  readonly events: number;
}

/** `runs` counts the seeds that were run. */
export type Search = { readonly runs: number } & (
  | { readonly state: 'held' }
  | { readonly state: 'out-of-time' }
  | {
      readonly state: 'found';
      /** As the seed had it. */
      readonly first: SimulationResult;
      /** The same failure with fewer faults, of which none can be left out; perhaps of another seed. Replay this one. */
      readonly smallest: SimulationResult;
      /** How many runs it took to find it. */
      readonly shrinkRuns: number;
    }
);

/**
 * Simulates `program` with one seed after the other until one does not hold, then shrinks what went wrong in it: as few
 * faults as possible, and the calmest schedule, that still fail in the same way.
 *
 * Rejects with the reason of the signal, and with a RangeError or TypeError when an option is out of range.
 */
export async function findFailing(program: Program, options: SearchOptions = {}): Promise<Search> {
  const { seeds = 1000, firstSeed = 0, budgetMs = 60_000, clock = systemClock, onProgress } = options;
  checkOptions('search', { seeds: [seeds, COUNT], budgetMs: [budgetMs, POSITIVE] });
  const endMs = clock.monotonicMs() + budgetMs;
  let events = 0;
  for (let runs = 0; runs < seeds; runs++) {
    if (clock.monotonicMs() >= endMs) return { state: 'out-of-time', runs };
    const seed = firstSeed + runs;
    const result = await simulate(seed, program, options);
    events += result.events;
    onProgress?.({ seed, seeds, events });
    if (result.state === 'held') continue;
    const shrunk = await shrinkFailure(
      program,
      result,
      { ...options, clock },
      clock.monotonicMs() + budgetMs,
    );
    return { state: 'found', runs: runs + 1, first: result, ...shrunk };
  }
  return { state: 'held', runs: seeds };
}
