import type { Work } from './attempt.ts';
import { FusedCall } from './fused-call.ts';
import type { Plan } from './plan.ts';
import type { RunOptions } from './run-options.ts';

/**
 * Runs `work` through the layers of `plan`. The first wait, which is the only one of most runs, is a reaction on
 * the work's own promise; what has to wait again goes on in one async function.
 */
export function runFused(plan: Plan, work: Work<unknown>, options: RunOptions | undefined): Promise<unknown> {
  const call = new FusedCall(plan, work, options);
  const waiting = call.begin();
  if (waiting === undefined) return Promise.resolve(call.result());
  return waiting.then(
    (value) => {
      if (call.passOut()) return value;
      call.onFulfilled(value);
      return goOn(call);
    },
    (error) => {
      call.onRejected(error);
      return goOn(call);
    },
  );
}

function goOn(call: FusedCall): unknown {
  const waiting = call.proceed();
  return waiting === undefined ? call.result() : finish(call, waiting);
}

async function finish(call: FusedCall, first: Promise<unknown>): Promise<unknown> {
  for (let waiting: Promise<unknown> | undefined = first; waiting; waiting = call.proceed()) {
    try {
      call.onFulfilled(await waiting);
    } catch (error) {
      call.onRejected(error);
    }
  }
  return call.result();
}
