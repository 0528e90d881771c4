import { drillFaults } from '../drill-faults.ts';

/** What may go wrong with a call of a port. */
export const callFaults = [
  'throw', // at once
  'reject', // later, with nothing done
  'refuse', // answers `false`, with nothing done
  'hang', // never answers, with nothing done, and heeds no signal
  'late', // is done and answers much later, and heeds no signal
  'lose', // is done, but its answer is lost: it rejects
  'disconnect', // the connection is lost meanwhile: a remote port's call rejects, with nothing done
  'cancel', // the user cancels meanwhile
] as const;
export type CallFault = (typeof callFaults)[number];

/** What may go wrong with a message from one process to another. */
export const messageFaults = ['drop', 'duplicate', 'reorder'] as const;
export type MessageFault = (typeof messageFaults)[number];

/** What may go wrong with a process for a time. */
export const processFaults = ['crash', 'pause', 'isolate'] as const;
export type ProcessFault = (typeof processFaults)[number];

export interface PlannedFault {
  /** `server.notify#2`, its second call; `a>b#3`, the third message from a to b; `a@1200`, the process a at that time. */
  readonly at: string;
  readonly what: CallFault | MessageFault | ProcessFault;
  /** How late, or how long. */
  readonly forMs?: number;
}

/** All that goes wrong in a run. */
export type FaultPlan = readonly PlannedFault[];

/** `server.notify#2=hang,a@1200=crash:50`; `none` when nothing goes wrong. */
export function formatPlan(plan: FaultPlan): string {
  if (plan.length === 0) return NOTHING;
  return plan
    .map(({ at, what, forMs }) => `${at}=${what}${forMs === undefined ? '' : `:${forMs}`}`)
    .join(',');
}

/** What `formatPlan` wrote. Throws UNUSABLE_PLAN. */
export function parsePlan(text: string): FaultPlan {
  if (text === NOTHING) return [];
  return text.split(',').map((part) => {
    const [, at, count, what, forMs] = PART.exec(part) ?? [];
    if (!at || !isNumber(count) || !isFaultAt(at, what) || !isNumber(forMs ?? '0')) {
      const problem = `${JSON.stringify(part)} is not like server.notify#2=hang, with one of ${callFaults}; a>b#3=drop, with one of ${messageFaults}; or a@1200=crash:50, with one of ${processFaults}`;
      throw drillFaults.UNUSABLE_PLAN({ problem });
    }
    return forMs === undefined ? { at, what } : { at, what, forMs: Number(forMs) };
  });
}

/** Throws a TypeError unless plans can say where it is, and lines can be replayed that do. */
export function checkName(of: string, name: string): void {
  if (NAME.test(name)) return;
  throw new TypeError(
    `the name of ${of} must be a text without spaces and without any of = , # @ >; got ${JSON.stringify(name)}`,
  );
}

const NOTHING = 'none';
const NAME = /^[^=,#@>\s]+$/;
const PART = /^([^=,#@\s]+[#@]([\d.e+-]+))=([a-z]+)(?::([\d.e+-]+))?$/;

function isFaultAt(at: string, what: string | undefined): what is PlannedFault['what'] {
  const known = at.includes('@') ? processFaults : at.includes('>') ? messageFaults : callFaults;
  return known.some((one) => one === what);
}

const isNumber = (text: string | undefined): boolean => Number(text) >= 0 && Number(text) < Infinity;
