import { drillFaults } from '../drill-faults.ts';
import type { Completed, Disturbance, HistoryEvent, Invoked, Outcome } from './event.ts';
import type { Operation, Wait } from './operation.ts';

/** What clients did, and what was done to them. */
export interface History {
  /** In the order of their invocation. */
  readonly operations: readonly Operation[];
  /** `at` is the place in the order of events. */
  readonly disturbances: readonly (Disturbance & { readonly at: number })[];
}

/** A kill, and the writes that had been sent and not answered when it came. */
export interface KillInFlight {
  readonly kill: Disturbance;
  readonly writes: readonly Operation[];
}

/**
 * Joins events, in their order, to operations. Throws UNUSABLE_HISTORY on an outcome of what nobody asked for, and on
 * two operations with the same id that are not one tried again.
 */
export function historyOf(events: Iterable<HistoryEvent>): History {
  const open = new Map<string, Trial>();
  const disturbances: (Disturbance & { at: number })[] = [];
  let at = 0;
  for (const event of events) {
    switch (event?.event) {
      case 'invoked': {
        const before = open.get(event.id);
        if (before === undefined)
          open.set(event.id, {
            invoked: event,
            at,
            since: at,
            ended: undefined,
            earlier: 'failed',
            waits: [],
          });
        else tryAgain(before, event, at);
        break;
      }
      case 'completed': {
        const trial = open.get(event.id);
        if (trial === undefined) throw unusable(`nobody has invoked ${event.id}, which has an outcome`);
        if (trial.ended !== undefined) throw unusable(`the operation ${event.id} has two outcomes`);
        trial.ended = { completed: event, at };
        break;
      }
      case 'disturbed': {
        const { event: _, ...disturbance } = event;
        disturbances.push({ ...disturbance, at });
        break;
      }
      default:
        throw unusable(`event ${at} is ${JSON.stringify(event)}; it must be invoked, completed or disturbed`);
    }
    at++;
  }
  return { operations: [...open.values()].map(operationOf), disturbances };
}

/**
 * The kills of a history, each with the writes in flight. An operation that its client never ended (it was killed
 * itself) was in flight until the next kill.
 */
export function killsInFlight({ operations, disturbances }: History): KillInFlight[] {
  const kills = disturbances.filter(({ what }) => what === 'killed');
  const writes = operations.filter(({ kind }) => kind !== 'read');
  return kills.map(({ at, ...kill }, index) => {
    const since = kills[index - 1]?.at ?? -1;
    const isInFlight = ({ invokedAt, endedAt }: Wait) =>
      invokedAt < at && endedAt > at && (Number.isFinite(endedAt) || invokedAt > since);
    // What waits to be tried again is not in flight.
    return { kill, writes: writes.filter((one) => (one.trials ?? [one]).some(isInFlight)) };
  });
}

/** The operations of each key, in the order of their invocation. */
export function byKey(operations: Iterable<Operation>): Map<string, Operation[]> {
  return Map.groupBy(operations, ({ key }) => key);
}

/** An operation on its way: tried once, or again. */
interface Trial {
  readonly invoked: Invoked;
  readonly at: number;
  /** Where it was invoked last. */
  since: number;
  ended: { readonly completed: Completed; readonly at: number } | undefined;
  /** What the trials before this one leave possible: `unknown` when one of them may have been done. */
  earlier: 'failed' | 'unknown';
  /** Those trials. */
  readonly waits: Wait[];
}

function tryAgain(trial: Trial, again: Invoked, at: number): void {
  const { invoked, ended } = trial;
  const outcome = ended?.completed.outcome ?? 'unknown';
  if (outcome === 'ok' || outcome === 'mismatch' || actionOf(invoked) !== actionOf(again)) {
    throw unusable(`two operations have the id ${again.id}; give each process's clients names of their own`);
  }
  if (outcome === 'unknown') trial.earlier = 'unknown';
  trial.waits.push(waitOf(trial));
  trial.since = at;
  trial.ended = undefined;
}

function waitOf({ since, ended }: Trial): Wait {
  return { invokedAt: since, endedAt: ended?.at ?? Number.POSITIVE_INFINITY };
}

function operationOf(trial: Trial): Operation {
  const { invoked, at, ended, earlier, waits } = trial;
  const { event: _, atMs: invokedMs, ...rest } = invoked;
  const last = ended?.completed.outcome ?? 'unknown';
  // What was refused at last may have been done at first, or may yet be: what did not match may have been itself.
  const isRefused = last === 'failed' || last === 'mismatch';
  const outcome: Outcome = isRefused && earlier === 'unknown' ? 'unknown' : last;
  const seen = ended?.completed.value;
  return {
    ...rest,
    outcome,
    ...(seen !== undefined && { seen }),
    invokedAt: at,
    endedAt: ended?.at ?? Number.POSITIVE_INFINITY,
    invokedMs,
    endedMs: ended?.completed.atMs,
    ...(waits.length > 0 && { trials: [...waits, waitOf(trial)] }),
  };
}

/** What makes two invocations the same operation, as a text. */
function actionOf({ kind, key, ...rest }: Invoked): string {
  const { value, expected } = rest as { readonly value?: unknown; readonly expected?: unknown };
  return JSON.stringify([kind, key, value, expected]);
}

function unusable(problem: string) {
  return drillFaults.UNUSABLE_HISTORY({ problem });
}
