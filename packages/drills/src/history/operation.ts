import type { Action, Outcome, Value } from './event.ts';

/** From where to where in the order of events a client waited for an answer. */
export interface Wait {
  readonly invokedAt: number;
  /** Infinity when it never stopped. */
  readonly endedAt: number;
}

/** What one client asked for once, and what came of it. */
export type Operation = Action & {
  readonly id: string;
  readonly client: string;
  readonly outcome: Outcome;
  /** What a read that is `ok` has seen. */
  readonly seen?: Value;
  /** Its place in the order of events. */
  readonly invokedAt: number;
  /** Where the client stopped waiting for it; Infinity when it never did. */
  readonly endedAt: number;
  /** On the monotonic clock of the client's process. */
  readonly invokedMs: number;
  readonly endedMs: number | undefined;
  /** Each of its trials, where there was more than one. */
  readonly trials?: readonly Wait[];
};

/** The last place in the order of events where it can have taken effect. */
export function lastEffectAt({ outcome, endedAt }: Operation): number {
  return outcome === 'unknown' ? Number.POSITIVE_INFINITY : endedAt;
}

/** Whether it has surely changed something. */
export function hasChanged({ kind, outcome }: Operation): boolean {
  return kind !== 'read' && outcome === 'ok';
}

/** Whether it has changed something, or may have, or may yet. */
export function mayHaveChanged({ kind, outcome }: Operation): boolean {
  return kind !== 'read' && (outcome === 'ok' || outcome === 'unknown');
}

/** What is there after it has changed something; undefined of what changes no value. */
export function valueLeftBy(operation: Operation): Value | undefined {
  switch (operation.kind) {
    case 'write':
    case 'compare-and-set':
      return operation.value;
    case 'delete':
      return null;
    default:
      return undefined;
  }
}

/** For a person: `#7..#9 client-1 write 5 → ok (id client-1-3)`. The numbers are places in the order of events. */
export function describeOperation(operation: Operation): string {
  const { id, client, outcome, invokedAt, endedAt } = operation;
  const end = Number.isFinite(endedAt) ? `#${endedAt}` : 'never';
  const answer = operation.kind === 'read' && outcome === 'ok' ? show(operation.seen) : outcome;
  return `#${invokedAt}..${end} ${client}: ${describeAction(operation)} → ${answer} (id ${id})`;
}

function describeAction(operation: Operation): string {
  switch (operation.kind) {
    case 'write':
      return `write ${show(operation.value)}`;
    case 'compare-and-set':
      return `set ${show(operation.value)} if it is ${show(operation.expected)}`;
    default:
      return operation.kind;
  }
}

function show(value: Value | undefined): string {
  return value === null ? 'nothing' : JSON.stringify(value);
}
