import {
  classify,
  defineFaults,
  type Fault,
  type FaultDeclaration,
  type FaultFactory,
  fault,
  kernelFaults,
  severity,
} from '../faults/index.ts';

interface ChildFacts extends Readonly<Record<string, unknown>> {
  /** The path of the supervisor. */
  readonly supervisor: string;
  readonly child: string;
  /** What is the matter, in words. */
  readonly problem: string;
}

/** How children and supervisors fail. */
export const supervisionFaults = defineFaults('supervision', {
  CHILD_START_FAILED: of('did not start', { retryable: true }),
  /** The problem: what was tried. */
  CHILD_ABANDONED: of('did not stop and may still run; tried'),
  /** The problem: `duplicate`, there is a child of that name; `stopping`, the supervisor stops or has stopped. */
  CHILD_REFUSED: of('was not added', { recovery: 'reject' }),
  /** The problem: how often it was restarted. The cause: how it failed the last time. */
  SUPERVISOR_GAVE_UP: of('was given up', { severity: severity.CRITICAL, recovery: 'escalate' }),
});

function of(what: string, more?: Partial<FaultDeclaration<ChildFacts>>): FaultDeclaration<ChildFacts> {
  return fault<ChildFacts>({
    category: 'supervision',
    severity: severity.ERROR,
    recovery: 'restart',
    message: ({ supervisor, child, problem }) => `${supervisor}/${child} ${what}: ${problem}`,
    ...more,
  });
}

/** One of these kinds. */
export type ChildFault = FaultFactory<string, ChildFacts>;

/** What happened to a child because of `cause`: an error, or the problem in words. */
export function childFault(
  kind: ChildFault,
  supervisor: string,
  child: string,
  cause: unknown,
  problem = typeof cause === 'string' ? cause : classify(cause).message,
): Fault {
  return kind({ supervisor, child, problem }, { cause });
}

/** Why what a supervisor has stopped did not go on: no failure. */
export function stopped(what: string): Fault {
  return kernelFaults.CANCELLED({ error: `${what} was stopped`, errorName: 'AbortError' });
}
