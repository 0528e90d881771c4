import { defineFaults, fault, severity } from '../faults/index.ts';

interface ChildFacts extends Readonly<Record<string, unknown>> {
  /** The path of the supervisor. */
  readonly supervisor: string;
  readonly child: string;
}

/** How children and supervisors fail. */
export const supervisionFaults = defineFaults('supervision', {
  CHILD_START_FAILED: fault<ChildFacts & { readonly problem: string }>({
    category: 'supervision',
    severity: severity.ERROR,
    recovery: 'restart',
    retryable: true,
    message: ({ supervisor, child, problem }) => `${supervisor}/${child} did not start: ${problem}`,
  }),
  CHILD_ABANDONED: fault<ChildFacts & { readonly steps: readonly string[] }>({
    category: 'supervision',
    severity: severity.ERROR,
    recovery: 'restart',
    message: ({ supervisor, child, steps }) =>
      `${supervisor}/${child} did not stop after ${steps.join(', ')}: it is no longer waited for and may still run`,
  }),
  RESTART_REQUESTED: fault<ChildFacts>({
    category: 'supervision',
    severity: severity.WARNING,
    recovery: 'restart',
    message: ({ supervisor, child }) => `a restart of ${supervisor}/${child} was requested`,
  }),
  SUPERVISOR_GAVE_UP: fault<ChildFacts & { readonly restarts: number; readonly withinMs: number }>({
    category: 'supervision',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    message: ({ supervisor, child, restarts, withinMs }) =>
      `${supervisor} gave up on ${child} after ${restarts} restarts within ${withinMs} ms`,
  }),
});
