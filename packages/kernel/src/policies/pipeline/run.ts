import type { Operation } from '../../faults/index.ts';
import type { Work } from './attempt.ts';
import { FusedCall } from './fused-call.ts';
import type { Plan } from './plan.ts';

/** How one call of a pipeline is made. */
export interface RunOptions {
  /**
   * The caller's own: when it aborts, the run ends as cancelled and rejects with the signal's reason. A wait ends
   * at once; work that is running is told through `attempt.signal` and waited for, unless a timeout abandons it.
   * Work that succeeds all the same has succeeded. A cancelled run counts as a failure nowhere.
   */
  readonly signal?: AbortSignal | undefined;
  /** The operation that the run belongs to. Default: the current one. */
  readonly operation?: Operation | undefined;
  /** The name of the operation that is made when there is none. Default: the pipeline's name. */
  readonly name?: string | undefined;
}

/**
 * Runs `work` through the layers of `plan`. The first wait, which is the only one of most runs, is a reaction on
 * the work's own promise; what has to wait again goes on in one async function.
 */
export function runFused(plan: Plan, work: Work<unknown>, options: RunOptions | undefined): Promise<unknown> {
  if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
  const call = new FusedCall(plan, work, options);
  const waiting = call.proceed();
  if (waiting === undefined) return call.settled();
  return waiting.then(
    (value) => {
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
  let waiting: Promise<unknown> | undefined = first;
  do {
    try {
      call.onFulfilled(await waiting);
    } catch (error) {
      call.onRejected(error);
    }
    waiting = call.proceed();
  } while (waiting !== undefined);
  return call.result();
}
