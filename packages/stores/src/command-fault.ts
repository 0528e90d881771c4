import { Fault } from '@sustain/kernel';
import { storeFaults } from './store-faults.ts';

/**
 * What an error of a command becomes to the caller: what a policy refused has not been sent, so the store is
 * unavailable; a write whose time ran out may have happened.
 */
export function commandFault(error: unknown, store: string, writtenKey: string | undefined): unknown {
  if (!(error instanceof Fault) || error.system !== 'policies') return error;
  const reason = error.message;
  const isSent = error.code === 'TIMED_OUT';
  return isSent && writtenKey !== undefined
    ? storeFaults.OUTCOME_UNKNOWN({ store, reason, key: writtenKey }, { cause: error })
    : storeFaults.STORE_UNAVAILABLE({ store, reason }, { cause: error });
}
