import { type Clock, seededRandom } from '@sustain/kernel';
import type { FaultPlan } from './fault-plan.ts';
import type { Program } from './program.ts';
import { shrinkPlan } from './shrink-plan.ts';
import { simulate } from './simulate.ts';
import type { SimulationOptions, SimulationResult } from './simulation-result.ts';

/** How often fewer faults are tried with another seed. */
const OTHER_SEEDS = 100;

export interface Shrunk {
  readonly smallest: SimulationResult;
  readonly shrinkRuns: number;
}

/**
 * The same failure with fewer faults. A fault less changes when all that follows happens, so that what fails with three
 * faults may need nine of another schedule: therefore it is tried with the schedule of the seed, with a calm one, and then
 * with about half of the faults and the schedules of other seeds.
 */
export async function shrinkFailure(
  program: Program,
  first: SimulationResult,
  options: Omit<SimulationOptions, 'plan'> & { readonly clock: Clock },
  endMs: number,
): Promise<Shrunk> {
  let smallest = first;
  let shrinkRuns = 0;
  const shrink = async (seed: number, calm: boolean, from: FaultPlan) => {
    let own: SimulationResult | undefined;
    const fails = async (plan: FaultPlan) => {
      if (options.clock.monotonicMs() >= endMs) return false;
      shrinkRuns++;
      const result = await simulate(seed, program, { ...options, plan, calm });
      const isSame = isSameFailure(result, first);
      if (isSame) own = result;
      return isSame;
    };
    if (await fails(from)) await shrinkPlan(from, fails);
    return own;
  };
  const take = (result: SimulationResult | undefined) => {
    if (result && result.faults.length <= smallest.faults.length) smallest = result;
  };

  if (!options.calm) take(await shrink(first.seed, false, first.faults));
  take(await shrink(first.seed, true, first.faults));
  const random = seededRandom(first.seed).fork('shrink');
  for (let other = 1; other <= OTHER_SEEDS && smallest.faults.length > 1; other++) {
    const half = smallest.faults.filter(() => random.next() < 0.5);
    take(await shrink(first.seed + other, options.calm ?? false, half));
  }
  return { smallest, shrinkRuns };
}

/** Whether the same broke: the same invariant, or the same error. */
function isSameFailure(one: SimulationResult, other: SimulationResult): boolean {
  return one.state !== 'held' && brokenIn(one) === brokenIn(other);
}

function brokenIn(result: SimulationResult): string {
  if (result.state === 'violated') return `invariant ${result.invariant}`;
  return result.state === 'failed' ? `error ${nameOf(result.error)}` : result.state;
}

/** With its code, as faults and errors of the host have one. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error ? `${error.name} ${error.code}` : error.name;
}
