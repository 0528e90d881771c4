import { type Clock, systemClock } from '@sustain/kernel';
import { COUNT, checkOptions, POSITIVE } from '@sustain/kernel/options';
import type { FaultPlan } from './fault-plan.ts';
import { shrinkPlan } from './shrink-plan.ts';
import { simulate } from './simulate.ts';
import type { Program, SimulationOptions, SimulationResult } from './simulation-result.ts';

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
      /** The same failure with fewer faults: none of them can be left out. Replay this one. */
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
    const shrunk = await shrink(program, result, options, clock.monotonicMs() + budgetMs);
    return { state: 'found', runs: runs + 1, first: result, ...shrunk };
  }
  return { state: 'held', runs: seeds };
}

async function shrink(program: Program, first: SimulationResult, options: SearchOptions, endMs: number) {
  const { clock = systemClock } = options;
  let shrinkRuns = 0;
  /** The failing run with the fewest faults; undefined when it needs chance in its faults, or another schedule. */
  const smallestWith = async (calm: boolean) => {
    let smallest: SimulationResult | undefined;
    const fails = async (plan: FaultPlan) => {
      if (clock.monotonicMs() >= endMs) return false;
      shrinkRuns++;
      const result = await simulate(first.seed, program, { ...options, plan, calm });
      const isSame = sameFailure(result, first);
      if (isSame) smallest = result;
      return isSame;
    };
    if (await fails(first.faults)) await shrinkPlan(first.faults, fails);
    return smallest;
  };
  const asItWas = (options.calm ? undefined : await smallestWith(false)) ?? first;
  const calm = await smallestWith(true);
  return { smallest: calm && calm.faults.length <= asItWas.faults.length ? calm : asItWas, shrinkRuns };
}

/** Whether the same broke: the same invariant, or the same error. */
function sameFailure(one: SimulationResult, other: SimulationResult): boolean {
  return one.state !== 'held' && brokenIn(one) === brokenIn(other);
}

function brokenIn(result: SimulationResult): string {
  if (result.state === 'violated') return `invariant ${result.invariant}`;
  return result.state === 'failed' ? `error ${nameOf(result.error)}` : result.state;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
