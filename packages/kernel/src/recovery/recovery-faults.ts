import { defineFaults, fault, severity } from '../faults/index.ts';

interface StrategyFacts extends Readonly<Record<string, unknown>> {
  readonly strategy: string;
  readonly component: string;
}

/** How recoveries fail. They are reported with the outcome, and never handled themselves: that would be a loop. */
export const recoveryFaults = defineFaults('recovery', {
  STRATEGY_UNKNOWN: fault<StrategyFacts & { readonly known: readonly string[] }>({
    category: 'recovery',
    severity: severity.ERROR,
    recovery: 'none',
    autoRecoverable: false,
    message: ({ strategy, component, known }) =>
      `there is no recovery strategy ${strategy} for ${component}; known are ${known.join(', ') || 'none'}`,
  }),
  STRATEGY_FAILED: fault<StrategyFacts & { readonly problem: string }>({
    category: 'recovery',
    severity: severity.ERROR,
    recovery: 'none',
    message: ({ strategy, component, problem }) => `${strategy} of ${component} failed itself: ${problem}`,
  }),
  STRATEGY_TIMEOUT: fault<StrategyFacts & { readonly timeoutMs: number }>({
    category: 'recovery',
    severity: severity.ERROR,
    recovery: 'none',
    message: ({ strategy, component, timeoutMs }) =>
      `${strategy} of ${component} did not end within ${timeoutMs} ms`,
  }),
});
