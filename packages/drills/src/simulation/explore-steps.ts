import { type Clock, systemClock } from '@sustain/kernel';
import { COUNT, checkOptions, POSITIVE } from '@sustain/kernel/options';
import { type CallFault, type FaultPlan, formatPlan, type PlannedFault } from './fault-plan.ts';
import type { Program } from './program.ts';
import { runSimulation, type SimulationRun } from './simulate.ts';
import type { SimulationOptions, SimulationResult } from './simulation-result.ts';

export interface ExploreOptions extends Omit<SimulationOptions, 'plan'> {
  /** What may go wrong with each call. Default throw, refuse, hang, disconnect, cancel. */
  readonly kinds?: readonly CallFault[];
  /** How many calls go wrong in a run at most. Default 2: all single ones, and all pairs. */
  readonly depth?: number;
  /** Which calls may go wrong: `server.notify#1`. Default: all of all ports. */
  readonly may?: (call: string) => boolean;
  /** Default 0. */
  readonly seed?: number;
  /** Default true: the shortest latencies, in the order of arrival. */
  readonly calm?: boolean;
  /** In real time. Default 60,000. */
  readonly budgetMs?: number;
  /** Of the budget. */
  readonly clock?: Clock;
}

/** `explored` are the plans that were run, in order. */
export type Exploration = { readonly explored: readonly string[] } & (
  | { readonly state: 'held' } // all of them
  | { readonly state: 'found'; readonly smallest: SimulationResult }
  | { readonly state: 'out-of-time' }
);

const DEFAULT_KINDS = ['throw', 'refuse', 'hang', 'disconnect', 'cancel'] as const;

/**
 * Runs `program` with nothing going wrong, then with each call of its ports going wrong in each way, then with all pairs
 * of such faults: also with those of calls that are only made because of the first, as recoveries are, and with a call that
 * hangs while the user cancels. Ends with the first run that does not hold, which is one with the fewest faults.
 *
 * Rejects with the reason of the signal, and with a RangeError or TypeError when an option is out of range.
 *
 * @example
 * const exploration = await exploreSteps(startSession);
 * if (exploration.state === 'found') throw new Error(exploration.smallest.replay);
 */
export async function exploreSteps(program: Program, options: ExploreOptions = {}): Promise<Exploration> {
  const { kinds = DEFAULT_KINDS, depth = 2, may = () => true, seed = 0, calm = true } = options;
  const { budgetMs = 60_000, clock = systemClock } = options;
  checkOptions('exploration', { depth: [depth, { ...COUNT, least: 0 }], budgetMs: [budgetMs, POSITIVE] });
  const endMs = clock.monotonicMs() + budgetMs;
  const explored: string[] = [];
  let plans: Iterable<FaultPlan> = [[]];
  for (let faults = 0; faults <= depth; faults++) {
    const further: FaultPlan[] = [];
    for (const plan of plans) {
      if (clock.monotonicMs() >= endMs) return { state: 'out-of-time', explored };
      const run = await runSimulation(seed, program, { ...options, plan, calm });
      explored.push(formatPlan(plan));
      if (run.result.state !== 'held') return { state: 'found', explored, smallest: run.result };
      if (faults < depth) further.push(...withOneMore(plan, run, kinds, may));
    }
    plans = further;
  }
  return { state: 'held', explored };
}

/** The plans with one more fault, after all others: one before them is in another plan. */
function withOneMore(
  plan: FaultPlan,
  { calls }: SimulationRun,
  kinds: readonly CallFault[],
  may: (call: string) => boolean,
): FaultPlan[] {
  const last = plan.at(-1);
  const later = last ? calls.slice(calls.indexOf(last.at) + 1) : calls;
  const more = later.filter(may).flatMap((at) => kinds.map((what) => ({ at, what })));
  const sameCall = last ? kinds.filter((what) => isMeanwhile(last.what, what)) : [];
  return [...sameCall.map((what) => ({ at: last?.at ?? '', what })), ...more].map((fault) => [
    ...plan,
    fault,
  ]);
}

/** Whether `what` can also go wrong with a call that goes wrong in the way of `other`. In one of two orders. */
function isMeanwhile(other: PlannedFault['what'], what: CallFault): boolean {
  if (other === 'throw') return false;
  return what === 'disconnect'
    ? other !== 'disconnect' && other !== 'cancel'
    : what === 'cancel' && other !== 'cancel';
}
