import type { Fault } from '../../faults/index.ts';
import type { RecoveryStrategy } from '../recovery-strategy.ts';
import { result, type StrategyOptions, strategy } from './strategy.ts';

export interface RestartOptions extends StrategyOptions {
  /** Restarts the component, and answers whether it does: a supervisor's `restart`. */
  restart(component: string, fault: Fault, signal: AbortSignal): Promise<boolean> | boolean;
}

/** `restart`: has the component of the context started again. */
export function restart(options: RestartOptions): RecoveryStrategy {
  return strategy('restart', options, async (fault, { component }, { signal }) => {
    const isRestarted = (await options.restart(component, fault, signal)) === true;
    return result(isRestarted, false, `${isRestarted ? 'Restarted' : 'Nobody restarts'} ${component}`);
  });
}
