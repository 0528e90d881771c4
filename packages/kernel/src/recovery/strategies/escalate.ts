import type { Fault } from '../../faults/index.ts';
import type { ErrorContext, RecoveryStrategy } from '../recovery-strategy.ts';
import { result, type StrategyOptions, strategy } from './strategy.ts';

/** Who is above: a supervisor, the handler of a larger part, a person. */
export interface EscalationTarget {
  readonly name: string;
  /**
   * Takes the fault over. True: the component works again, as a handler above may say; anything else: it is known
   * there. To throw is to refuse.
   */
  take(fault: Fault, context: ErrorContext, signal: AbortSignal): Promise<unknown> | unknown;
}

export interface EscalateOptions extends StrategyOptions {
  readonly target: EscalationTarget;
}

/**
 * `escalate`: hands the fault over to whoever is above. Throws a TypeError when nobody is named: what is escalated to
 * nobody is lost.
 *
 * @example
 * escalate({ target: { name: 'studio', take: async (fault, context) => (await above.handleError(fault, context)).recovered } });
 * escalate({ target: { name: 'the supervisor', take: (fault, { component }) => void supervisor.restart(component, fault) } });
 */
export function escalate(options: EscalateOptions): RecoveryStrategy {
  const { target } = options;
  if (!target?.name) throw new TypeError(`escalate needs a target with a name; got ${target?.name}`);
  return strategy('escalate', options, async (...asked) => {
    const isBack = (await target.take(...asked)) === true;
    return result(isBack, false, `Escalated to ${target.name}`);
  });
}
