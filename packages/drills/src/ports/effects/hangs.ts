import { FOREVER } from '@sustain/kernel/options';
import type { Effect } from '../call.ts';

export interface HangOptions {
  /** Whether the AbortSignal among the arguments is ignored, as by code that was written without care. Default false. */
  readonly deaf?: boolean;
  /** Whether the call is made before, so that what was asked is done, and only its answer does not come. Default false. */
  readonly afterWork?: boolean;
}

/**
 * The method does not answer until the injection ends; then the call is made, or its answer handed over. Rejects with
 * the reason of the AbortSignal that is among the arguments, or the `signal` of one of them, as real code would.
 */
export function hangs({ deaf = false, afterWork = false }: HangOptions = {}): Effect<Promise<never>> {
  return {
    name: 'hangs',
    begin: () => async (call) => {
      call.note('');
      const answer = afterWork ? await call.proceed() : undefined;
      await call.pause(FOREVER, { deaf });
      return (afterWork ? answer : call.proceed()) as never;
    },
  };
}
