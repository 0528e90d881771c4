import type { Effect } from '../call.ts';
import { checkMakeError, errorText, injectedError, type MakeError } from '../errors/index.ts';
import type { FailureOptions } from './throws.ts';

/** The method's promise rejects: `rejects(connectionReset)`. */
export function rejects(make: MakeError, { afterWork = false }: FailureOptions = {}): Effect<Promise<never>> {
  checkMakeError('rejects', make);
  return {
    name: 'rejects',
    begin: () => async (call) => {
      const answer = afterWork ? await call.proceed() : undefined;
      if (!call.isBroken) return answer as never;
      const error = injectedError(make);
      call.note(errorText(error));
      throw error;
    },
  };
}
