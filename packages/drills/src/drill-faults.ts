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
  UNUSABLE_PLAN: fault<{ readonly problem: string }>({
    category: 'input',
    severity: severity.ERROR,
    recovery: 'reject',
    autoRecoverable: false,
    message: ({ problem }) => `this is no line that can be replayed: ${problem}`,
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
  NOT_DRILLABLE: fault<{ readonly system: string; readonly drill: string }>({
    category: 'input',
    severity: severity.ERROR,
    recovery: 'reject',
    autoRecoverable: false,
    message: ({ system, drill }) =>
      `${system} does not say that it may be broken, so ${drill} leaves it alone; a subject that is private to its drill says drillable: true`,
  }),
  DRILL_UNKNOWN: fault<{ readonly name: string; readonly systems: readonly string[] }>({
    category: 'input',
    severity: severity.WARNING,
    recovery: 'reject',
    autoRecoverable: false,
    message: ({ name, systems }) =>
      `there is no system, drill or fault named ${JSON.stringify(name)}; systems are ${systems.join(', ')}, and sustain drill --list shows all`,
  }),
  SABOTAGE_UNUSABLE: fault<{
    readonly drill: string;
    readonly file: string;
    readonly replace: string;
    readonly found: number;
  }>({
    category: 'input',
    severity: severity.ERROR,
    recovery: 'reject',
    autoRecoverable: false,
    message: ({ drill, file, replace, found }) =>
      `the sabotage of ${drill} must find its text once in ${file}; found ${found} times: ${replace}`,
  }),
  PROCESS_NOT_THERE: fault<{ readonly target: string; readonly what: string }>({
    category: 'input',
    severity: severity.ERROR,
    recovery: 'reject',
    autoRecoverable: false,
    message: ({ target, what }) =>
      `${target} cannot be ${what}: no such process runs; start it before, and look at its id when it is needed`,
  }),
  PRIVILEGE_MISSING: fault<{ readonly what: string; readonly needs: string; readonly cure: string }>({
    category: 'environment',
    severity: severity.ERROR,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ what, needs, cure }) => `${what} needs ${needs}, which this machine does not give; ${cure}`,
  }),
});
