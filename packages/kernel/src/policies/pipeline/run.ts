import type { Work } from './attempt.ts';
import { ExpressCall, isExpress } from './express-call.ts';
import { LayeredCall } from './layered-call.ts';
import type { Plan } from './plan.ts';
import type { RunOptions } from './run-options.ts';
import { run } from './until-over.ts';

const NO_OPTIONS: RunOptions = Object.freeze({});

/** Runs `work` through the layers of `plan`: past the gates where they are open. */
export function runFused(
  plan: Plan,
  work: Work<unknown>,
  options: RunOptions = NO_OPTIONS,
): Promise<unknown> {
  const { timed, isExact, clock } = plan;
  const nowMs = timed ? (isExact ? clock.monotonicMs() : clock.coarseMs()) : 0;
  return isExpress(plan, nowMs) && !options.signal?.aborted
    ? new ExpressCall(plan, work, options).run(nowMs)
    : run(new LayeredCall(plan, work, options));
}
