import { checkOption } from '../options/index.ts';
import type { Signals, SignalType } from '../signals/index.ts';
import { type MachineRefusal, machineChanged, machineFailed } from './machine-signals.ts';

/** Where an event leads to from a state, and when it may. */
export type Target<State extends string> =
  | State
  | {
      readonly to: State;
      /** Whether it may go there now: only `true` says so. One that throws refuses. Must change nothing. */
      readonly guard: () => boolean;
    };

/** By state and event. A state without events is final. */
export type Transitions = Readonly<Record<string, Readonly<Record<string, Target<string>>>>>;

/** A table all of whose targets are states of it. */
export type ClosedTransitions<Table> = {
  readonly [From in keyof Table]: {
    readonly [Event in keyof Table[From]]: Target<StateOf<Table>>;
  };
};

/** All states of a table. */
export type StateOf<Table> = keyof Table & string;

/** All events of a table; of one of its states, where one is given. */
export type EventOf<Table, From extends keyof Table = keyof Table> = {
  [State in From]: keyof Table[State] & string;
}[From];

export type Sent<State extends string> =
  | { readonly moved: true; readonly from: State; readonly to: State }
  | { readonly moved: false; readonly state: State; readonly reason: MachineRefusal };

export interface StateChange<Table> {
  readonly from: StateOf<Table>;
  readonly to: StateOf<Table>;
  readonly event: EventOf<Table>;
}

/** What it answers is ignored, except that a promise that rejects is reported. */
export type StateListener<Table> = (change: StateChange<Table>) => unknown;

export interface StateMachineOptions<Table> {
  /** Who it is: the source of its signals. */
  readonly name: string;
  readonly start: NoInfer<StateOf<Table>>;
  readonly transitions: Table & NoInfer<ClosedTransitions<Table>>;
  /** Where `machine.changed` and `machine.failed` are told. Default: nowhere. */
  readonly signals?: Signals;
}

export interface StateMachine<Table> {
  readonly state: StateOf<Table>;
  /** Whether `event` would move it now. Asks the guard. */
  can(event: EventOf<Table>): boolean;
  /**
   * Moves it, if the table and the guard allow it; with `from` only if it is there, and then an event that the table
   * does not have in `from` does not compile. Never throws.
   */
  send<From extends StateOf<Table> = StateOf<Table>>(
    event: EventOf<Table, From>,
    from?: From,
  ): Sent<StateOf<Table>>;
  /** Calls `listener` after every change: for entry actions look at `to`, for exit actions at `from`. Answers the way to stop. */
  on(listener: StateListener<Table>): () => void;
}

/**
 * A state, and the only ways out of it. An event or a target that the table does not have does not compile; what
 * comes at run time nevertheless moves nothing, and is answered with the reason. Throws a RangeError when the start or a
 * target is no state of the table.
 *
 * Everything is synchronous. Listeners hear of a change when the machine is in its new state, and of one change after
 * the other: what they send is queued. One that throws or rejects is reported as `machine.failed`, and the others
 * still hear. For a change whose steps can fail, see `transaction`.
 *
 * @example
 * const session = stateMachine({
 *   name: 'session',
 *   start: 'listening',
 *   transitions: { listening: { hotword: 'active', fail: 'idle' }, active: { end: 'listening' }, idle: {} },
 * });
 * session.send('hotword').moved; // true
 */
export function stateMachine<const Table extends Transitions>({
  name,
  start,
  transitions,
  signals,
}: StateMachineOptions<Table>): StateMachine<Table> {
  type State = StateOf<Table>;
  const table: Readonly<Record<string, Readonly<Record<string, Target<State>>>>> = transitions;
  const listeners = new Set<StateListener<Table>>();
  let state: State = start;
  /** What listeners have sent in this go; undefined while none is going on. */
  let queue: (readonly [event: string, from: string | undefined])[] | undefined;

  for (const target of [start, ...Object.values(table).flatMap((ways) => Object.values(ways))]) {
    checkOption(`a state of ${name}`, way(target).to, Object.keys(table));
  }

  return {
    get state() {
      return state;
    },
    can: (event: string) => !find(event).reason,
    send(event: string, from?: string): Sent<State> {
      if (queue) {
        const busy = queue.length >= MAX_QUEUED;
        if (!busy) queue.push([event, from]);
        return { moved: false, state, reason: busy ? 'busy' : 'queued' };
      }
      queue = [];
      const sent = move(event, from);
      for (const next of queue) move(...next);
      queue = undefined;
      return sent;
    },
    on(listener: StateListener<Table>) {
      const own: StateListener<Table> = (change) => listener(change);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };

  function way(target: Target<State>): { readonly to: State; readonly guard?: () => boolean } {
    return typeof target === 'object' ? target : { to: target };
  }

  function tell<Data>(type: SignalType<Data>, data: Omit<Data, 'machine'>): void {
    signals?.channel(type).emit({ machine: name, ...data } as Data, { source: name });
  }

  function attempt(event: string, call: () => unknown): unknown {
    const report = (error: unknown) => tell(machineFailed, { event, error });
    try {
      const answer = call();
      if (answer instanceof Promise) answer.catch(report);
      return answer;
    } catch (error) {
      return report(error);
    }
  }

  /** Where the event leads to, if it does; and why not, if it does not. */
  function find(
    event: string,
    from: string = state,
  ): { readonly to: State; readonly reason?: MachineRefusal } {
    const ways = table[from] as Readonly<Record<string, Target<State>>>;
    const target = from === state && Object.hasOwn(ways, event) && ways[event];
    if (!target) return { to: state, reason: 'no-transition' };
    const { to, guard } = way(target);
    return guard && attempt(event, guard) !== true ? { to: state, reason: 'guard-refused' } : { to };
  }

  function move(event: string, onlyFrom?: string): Sent<State> {
    const { to, reason } = find(event, onlyFrom);
    const from = state;
    if (reason) return { moved: false, state, reason };
    state = to;
    tell(machineChanged, { event, from, to });
    for (const listener of [...listeners])
      attempt(event, () => listener({ event: event as EventOf<Table>, from, to }));
    return { moved: true, from, to };
  }
}

const MAX_QUEUED = 100;
