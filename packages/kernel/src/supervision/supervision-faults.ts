import { defineFaults, type Fault, fault, kernelFaults, severity } from '../faults/index.ts';

interface ChildFacts extends Readonly<Record<string, unknown>> {
  /** The path of the supervisor. */
  readonly supervisor: string;
  readonly child: string;
}

/** There is a child of that name; the supervisor stops, or has stopped. */
type CannotAdd = 'duplicate' | 'stopping';

const usual = { category: 'supervision', severity: severity.ERROR, recovery: 'restart' } as const;
const path = ({ supervisor, child }: ChildFacts) => `${supervisor}/${child}`;

/** How children and supervisors fail. */
export const supervisionFaults = defineFaults('supervision', {
  CHILD_START_FAILED: fault<ChildFacts & { readonly problem: string }>({
    ...usual,
    retryable: true,
    message: (facts) => `${path(facts)} did not start: ${facts.problem}`,
  }),
  CHILD_ABANDONED: fault<ChildFacts & { readonly steps: readonly string[] }>({
    ...usual,
    message: (facts) => `${path(facts)} did not stop after ${facts.steps.join(', ')}: it may still run`,
  }),
  CHILD_UNHEALTHY: fault<ChildFacts & { readonly problem: string }>({
    ...usual,
    message: (facts) => `${path(facts)} does not work: ${facts.problem}`,
  }),
  CHILD_REFUSED: fault<ChildFacts & { readonly why: CannotAdd }>({
    ...usual,
    recovery: 'reject',
    message: (facts) => `${path(facts)} was not added: ${facts.why}`,
  }),
  RESTART_REQUESTED: fault<ChildFacts & { readonly problem: string }>({
    ...usual,
    severity: severity.WARNING,
    message: (facts) => `a restart of ${path(facts)} was requested: ${facts.problem}`,
  }),
  SUPERVISOR_GAVE_UP: fault<ChildFacts & { readonly restarts: number; readonly withinMs: number }>({
    ...usual,
    severity: severity.CRITICAL,
    recovery: 'escalate',
    message: ({ supervisor, child, restarts, withinMs }) =>
      `${supervisor} gave up on ${child} after ${restarts} restarts within ${withinMs} ms`,
  }),
});

/** Why what a supervisor has stopped did not go on: no failure. */
export function stopped(error: string): Fault {
  return kernelFaults.CANCELLED({ error, errorName: 'AbortError' });
}
