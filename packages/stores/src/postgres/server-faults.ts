import { Fault } from '@sustain/kernel';
import { storeFaults } from '../store-faults.ts';
import { serverError } from './server-error.ts';

/** @internal Why nothing was asked of the server. Anew for each who is told, as each is in an operation of its own. */
export function unavailable(store: string, error: unknown): Fault {
  if (error instanceof Fault && !storeFaults.STORE_UNAVAILABLE.matches(error)) {
    return anew(error);
  }
  const { reason, cause } = storeFaults.STORE_UNAVAILABLE.matches(error)
    ? { reason: error.context.reason, cause: error.cause }
    : serverError(error);
  return storeFaults.STORE_UNAVAILABLE({ store, reason }, { cause });
}

/** @internal What the error of a statement means to the caller, anew; `writtenKey` where it was to write. */
export function statementFault(store: string, error: unknown, writtenKey: string | undefined): unknown {
  if (error instanceof Fault) return anew(error);
  const { happened, reason, cause } = serverError(error);
  return writtenKey === undefined || happened === 'no'
    ? storeFaults.STORE_UNAVAILABLE({ store, reason }, { cause })
    : storeFaults.OUTCOME_UNKNOWN({ store, key: writtenKey, reason }, { cause });
}

/** Faults of others, as the reason of a signal that aborts, stay what they are. */
function anew(fault: Fault): Fault {
  if (fault.system !== 'stores') return fault;
  return Reflect.construct(fault.constructor, [fault.context, { cause: fault.cause }]);
}
