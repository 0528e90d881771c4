import type { LayeredCall } from './layered-call.ts';

/**
 * What `call` comes to, from where it is. What is over at once rejects a moment later, and without a throw: the host
 * follows promises that reject unheard, and either would cost more than the rest of a refusal.
 */
export function run(call: LayeredCall, waiting = call.proceed()): Promise<unknown> {
  if (waiting !== undefined) return finish(call, waiting);
  if (call.hasSucceeded) return Promise.resolve(call.value);
  return new Promise((_, reject) => {
    const { reason } = call;
    void SETTLED.then(() => reject(reason));
  });
}

/** The same from within a reaction, which may answer and throw at once. */
export function goOn(call: LayeredCall): unknown {
  const waiting = call.proceed();
  return waiting === undefined ? resultOf(call) : finish(call, waiting);
}

async function finish(call: LayeredCall, first: Promise<unknown>): Promise<unknown> {
  for (let waiting: Promise<unknown> | undefined = first; waiting; waiting = call.proceed()) {
    try {
      call.onFulfilled(await waiting);
    } catch (error) {
      call.onRejected(error);
    }
  }
  return resultOf(call);
}

function resultOf(call: LayeredCall): unknown {
  if (call.hasSucceeded) return call.value;
  throw call.reason;
}

const SETTLED = Promise.resolve();
