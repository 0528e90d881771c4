import type { Effect } from '../call.ts';
import { checkMakeError, errorText, injectedError, type MakeError } from '../errors/index.ts';

export interface FailureOptions {
  /** Whether the call is made before, so that what was asked is done, and only its answer lost. Default false. */
  readonly afterWork?: boolean;
}

/** The method throws at once: `throws(outOfMemory)`. Fits every method; one that answers promises usually rejects. */
export function throws(make: MakeError, { afterWork = false }: FailureOptions = {}): Effect<never> {
  checkMakeError('throws', make);
  return {
    name: 'throws',
    begin: () => (call) => {
      if (afterWork) call.proceed();
      const error = injectedError(make);
      call.note(errorText(error));
      throw error;
    },
  };
}
