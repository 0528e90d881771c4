import { defineFaults, fault, severity } from '@sustain/kernel';

/** What can be wrong with a metric, or with where it is shown. All are thrown when it is set up, none when it is used. */
export const metricsFaults = defineFaults('metrics', {
  METRIC_INVALID: fault<{ metric: string; problem: string }>({
    category: 'configuration',
    severity: severity.ERROR,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ metric, problem }) => `the metric ${metric} cannot be made: ${problem}`,
  }),
  METRIC_CONFLICT: fault<{ metric: string; has: string; wanted: string }>({
    category: 'configuration',
    severity: severity.ERROR,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ metric, has, wanted }) =>
      `the metric ${metric} is there already as ${has}, and cannot be ${wanted}, too: ask for the same shape, or give it another name`,
  }),
  METRICS_PEER_MISSING: fault<{ peer: string; purpose: string }>({
    category: 'configuration',
    severity: severity.ERROR,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ peer, purpose }) => `${purpose} needs the package ${peer}: npm install ${peer}`,
  }),
});
