import { systemClock } from '@sustain/kernel';
import type { Scene } from '../../drill/index.ts';
import { type Injection, startInjection } from '../../injection/index.ts';
import { Refused } from './asking.ts';

/** A client that asks what it should not, again and again, until it is ended. */
export interface BadClient extends Injection {
  /** What it was answered so far. */
  readonly refusals: readonly Refused[];
  /** What else it got: errors, and answers that it should not have got. */
  readonly others: readonly unknown[];
}

/** Starts one. `ask` asks once; its signal aborts when the client is ended. It pauses between, for 5 ms by default. */
export function badClient(
  scene: Scene,
  what: string,
  ask: (signal: AbortSignal) => Promise<unknown>,
  pauseMs = 5,
): BadClient {
  const refusals: Refused[] = [];
  const others: unknown[] = [];
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, scene.signal]);
  const asking = (async () => {
    while (!signal.aborted) {
      const asked = await scene.attempt(() => ask(signal)).catch((error: unknown) => ({ ok: false, error }));
      if (signal.aborted) return;
      const got = 'value' in asked ? asked.value : 'error' in asked ? asked.error : undefined;
      if (got instanceof Refused) refusals.push(got);
      else others.push(got);
      await systemClock.sleep(pauseMs, { signal }).catch(() => undefined); // ended: the loop's end
    }
  })();
  const undo = () => {
    over.abort(new DOMException('the client was ended', 'AbortError'));
    return asking;
  };
  return scene.inject(Object.assign(startInjection({ what, undo }), { refusals, others }));
}
