import type { Fault } from '../../faults/index.ts';
import { checkOption, TEXT } from '../../options/index.ts';
import type { ErrorContext, RecoveryStrategy } from '../recovery-strategy.ts';
import { result, type StrategyOptions, strategy } from './strategy.ts';

export interface EscalateOptions extends StrategyOptions {
  /** Who is above: a supervisor, the handler of a larger part, a person. */
  readonly target: string;
  /**
   * Hands the fault over. True: the component works again, as a handler above may say; anything else: it is known
   * there. To throw is to refuse.
   */
  take(fault: Fault, context: ErrorContext, signal: AbortSignal): unknown;
}

/**
 * `escalate`: hands the fault over to whoever is above. Throws a TypeError when nobody is named: what is escalated to
 * nobody is lost.
 *
 * @example
 * escalate({ target: 'studio', take: async (fault, context) => (await above.handleError(fault, context)).recovered });
 * escalate({ target: 'the supervisor', take: (fault, { component }) => void supervisor.restart(component, fault) });
 */
export function escalate(options: EscalateOptions): RecoveryStrategy {
  const { target } = options;
  checkOption('target of escalate', target, TEXT);
  return strategy('escalate', options, async (fault, context, { signal }) =>
    result((await options.take(fault, context, signal)) === true, false, `Escalated to ${target}`),
  );
}
