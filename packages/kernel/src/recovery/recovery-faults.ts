import { defineFaults, fault, severity } from '../faults/index.ts';

interface StrategyFacts extends Readonly<Record<string, unknown>> {
  readonly strategy: string;
  readonly component: string;
}

const broken = <Facts extends StrategyFacts>(message: (facts: Facts) => string) =>
  ({ category: 'recovery', severity: severity.ERROR, recovery: 'none', message }) as const;

/** How recoveries fail. They are reported with the outcome, and never handled themselves: that would be a loop. */
export const recoveryFaults = defineFaults('recovery', {
  STRATEGY_UNKNOWN: fault<StrategyFacts & { readonly known: readonly string[] }>({
    ...broken(
      ({ strategy, component, known }) =>
        `there is no recovery strategy ${strategy} for ${component}; known are ${known.join(', ') || 'none'}`,
    ),
    autoRecoverable: false,
  }),
  STRATEGY_FAILED: fault<StrategyFacts & { readonly problem: string }>(
    broken(({ strategy, component, problem }) => `${strategy} of ${component} failed itself: ${problem}`),
  ),
  STRATEGY_TIMEOUT: fault<StrategyFacts & { readonly timeoutMs: number }>(
    broken(
      ({ strategy, component, timeoutMs }) =>
        `${strategy} of ${component} did not end within ${timeoutMs} ms`,
    ),
  ),
});
