import { defineFaults, fault, severity } from '@sustain/kernel';

/** How drills themselves fail. What they find wrong in others are verdicts, not faults. */
export const drillFaults = defineFaults('drills', {
  UNUSABLE_HISTORY: fault<{ readonly problem: string }>({
    category: 'input',
    severity: severity.ERROR,
    recovery: 'reject',
    autoRecoverable: false,
    message: ({ problem }) => `this is no history that can be checked: ${problem}`,
  }),
  PROGRAM_MISSING: fault<{ readonly program: string; readonly cure: string }>({
    category: 'environment',
    severity: severity.ERROR,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ program, cure }) => `${program} is not on this machine: ${cure}`,
  }),
  SERVER_NOT_READY: fault<{ readonly server: string; readonly problem: string; readonly log: string }>({
    category: 'process',
    severity: severity.ERROR,
    recovery: 'restart',
    retryable: true,
    message: ({ server, problem, log }) => `${server} ${problem}; its log ends with:\n${log}`,
  }),
  NOT_POSSIBLE_NOW: fault<{ readonly target: string; readonly what: string; readonly state: string }>({
    category: 'input',
    severity: severity.ERROR,
    recovery: 'reject',
    autoRecoverable: false,
    message: ({ target, what, state }) =>
      `${target} is ${state}, so it cannot ${what}; wait for what was asked of it before, or see whether it ended`,
  }),
  PROCESS_FAILED: fault<{ readonly target: string; readonly how: string; readonly log: string }>({
    category: 'process',
    severity: severity.ERROR,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ target, how, log }) => `${target} ${how}; its log ends with:\n${log}`,
  }),
  PEER_SCRIPT_FAILED: fault<{ readonly peer: string }>({
    category: 'input',
    severity: severity.ERROR,
    recovery: 'reject',
    autoRecoverable: false,
    message: ({ peer }) =>
      `a function in the script of ${peer} threw, and its client got a 500; the cause says what to mend`,
  }),
  NOT_MENDED: fault<{ readonly what: string }>({
    category: 'environment',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ what }) =>
      `what was broken for a drill could not be mended (${what}); the watchdog tries again, then a person must`,
  }),
});
