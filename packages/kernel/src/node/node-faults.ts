import { defineFaults, fault, severity } from '../faults/index.ts';

interface ChildFacts extends Readonly<Record<string, unknown>> {
  readonly child: string;
}

/** How processes and worker threads end, and how talking to them fails. */
export const nodeFaults = defineFaults('node', {
  PROCESS_EXITED: fault<
    ChildFacts & {
      readonly pid: number | undefined;
      readonly exitCode: number | null;
      readonly signal: string | null;
    }
  >({
    category: 'process',
    severity: severity.ERROR,
    recovery: 'restart',
    retryable: true,
    message: ({ child, pid, exitCode, signal }) =>
      signal === null
        ? `the process ${child} (pid ${pid}) exited with code ${exitCode}`
        : `the process ${child} (pid ${pid}) was ended by ${signal}`,
  }),
  WORKER_EXITED: fault<ChildFacts & { readonly exitCode: number }>({
    category: 'process',
    severity: severity.ERROR,
    recovery: 'restart',
    retryable: true,
    message: ({ child, exitCode }) => `the worker thread ${child} exited with code ${exitCode}`,
  }),
  CHILD_NOT_RUNNING: fault<ChildFacts>({
    category: 'process',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    message: ({ child }) => `${child} is not running: nothing was sent. Send again when it is up`,
  }),
  MESSAGE_NOT_SENT: fault<ChildFacts & { readonly problem: string }>({
    category: 'process',
    severity: severity.ERROR,
    recovery: 'escalate',
    message: ({ child, problem }) => `a message to ${child} could not be sent: ${problem}`,
  }),
});
