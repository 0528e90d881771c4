import type { Signals, SignalType } from '../signals/index.ts';
import { type MachineRefusal, machineChanged, machineFailed, machineRefused } from './machine-signals.ts';

/** Where an event leads to from a state, and when it may. */
export type Target<State extends string, Context> =
  | State
  | {
      readonly to: State;
      /** Whether it may go there now: only `true` says so. One that throws refuses. Must change nothing. */
      readonly guard: (context: Context) => boolean;
    };

/** By state and event. A state without events is final. */
export type Transitions<Context> = Readonly<
  Record<string, Readonly<Record<string, Target<string, Context>>>>
>;

/** A table all of whose targets are states of it. */
export type ClosedTransitions<Table, Context> = {
  readonly [From in keyof Table]: {
    readonly [Event in keyof Table[From]]: Target<StateOf<Table>, Context>;
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

export interface StateMachineOptions<Table, Context> {
  /** Who it is: the source of its signals. */
  readonly name: string;
  readonly start: NoInfer<StateOf<Table>>;
  readonly transitions: Table & NoInfer<ClosedTransitions<Table, Context>>;
  /** What is known beside the state: guards are asked with it. Default undefined. */
  readonly context?: Context;
  /** Where `machine.changed`, `machine.refused` and `machine.failed` are told. Default: nowhere. */
  readonly signals?: Signals;
}

/**
 * A state, and the only ways out of it. An event or a target that the table does not have does not compile; what
 * comes at run time nevertheless moves nothing, and is answered with the reason.
 *
 * Everything is synchronous. Listeners hear of a change when the machine is in its new state, and of one change after
 * the other: what they send is queued. One that throws or rejects is reported as `machine.failed`, and the others
 * still hear. For a change whose steps can fail, see `transaction`.
 *
 * @example
 * const session = new StateMachine({
 *   name: 'session',
 *   start: 'listening',
 *   transitions: { listening: { hotword: 'active', fail: 'idle' }, active: { end: 'listening' }, idle: {} },
 * });
 * session.send('hotword').moved; // true
 */
export class StateMachine<const Table extends Transitions<Context>, Context = undefined> {
  readonly context: Context;
  readonly #name: string;
  readonly #transitions: Transitions<Context>;
  readonly #signals: Signals | undefined;
  readonly #listeners = new Set<StateListener<Table>>();
  readonly #queue: (readonly [event: string, from: string | undefined])[] = [];
  /** How many events this go has had; 0 while none is going on. */
  #events = 0;
  #state: string;

  /** Throws a RangeError when the start or a target is no state of the table. */
  constructor({ name, start, transitions, context, signals }: StateMachineOptions<Table, Context>) {
    this.context = context as Context;
    this.#name = name;
    this.#transitions = transitions as Transitions<Context>;
    this.#signals = signals;
    this.#state = start;
    const targets = Object.values(this.#transitions).flatMap((events) => Object.values(events));
    for (const target of [start, ...targets]) {
      const state = typeof target === 'string' ? target : target.to;
      if (Object.hasOwn(transitions, state)) continue;
      throw new RangeError(`a state of ${name} must be one of ${Object.keys(transitions)}; got ${state}`);
    }
  }

  get state(): StateOf<Table> {
    return this.#state as StateOf<Table>;
  }

  /** Whether `event` would move it now. Asks the guard. */
  can(event: EventOf<Table>): boolean {
    return typeof this.#targetOf(event) === 'object';
  }

  /**
   * Moves it, if the table and the guard allow it; with `from` only if it is there, and then an event that the table
   * does not have in `from` does not compile. Never throws.
   */
  send<From extends StateOf<Table> = StateOf<Table>>(
    event: EventOf<Table, From>,
    from?: From,
  ): Sent<StateOf<Table>> {
    if (this.#events > MAX_EVENTS) return this.#refuse(event, 'busy');
    if (this.#events++ > 0) {
      this.#queue.push([event, from]);
      return { moved: false, state: this.state, reason: 'queued' };
    }
    const sent = this.#move(event, from);
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#move(...next);
    this.#events = 0;
    return sent;
  }

  /** Calls `listener` after every change: for entry actions look at `to`, for exit actions at `from`. Answers the way to stop. */
  on(listener: StateListener<Table>): () => void {
    const own: StateListener<Table> = (change) => listener(change);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  #move(event: string, onlyFrom?: string): Sent<StateOf<Table>> {
    const from = this.state;
    const target = (onlyFrom ?? from) === from ? this.#targetOf(event) : 'elsewhere';
    if (typeof target === 'string') return this.#refuse(event, target);
    this.#state = target.to;
    const move = { from, to: this.state };
    this.#tell(machineChanged, { event, ...move });
    for (const listener of [...this.#listeners]) {
      this.#attempt(event, () => listener({ event: event as EventOf<Table>, ...move }));
    }
    return { moved: true, ...move };
  }

  #targetOf(event: string): { readonly to: string } | MachineRefusal {
    const events = this.#transitions[this.#state] ?? {};
    const target = Object.hasOwn(events, event) ? events[event] : undefined;
    if (target === undefined) return 'no-transition';
    if (typeof target === 'string') return { to: target };
    const answer = target.guard && this.#attempt(event, () => target.guard(this.context));
    return answer === true ? target : 'guard-refused';
  }

  #refuse(event: string, reason: MachineRefusal): Sent<StateOf<Table>> {
    const { state } = this;
    this.#tell(machineRefused, { event, state, reason });
    return { moved: false, state, reason };
  }

  #attempt(event: string, call: () => unknown): unknown {
    const report = (error: unknown) => this.#tell(machineFailed, { event, error });
    try {
      const answer = call();
      if (answer instanceof Promise) answer.catch(report);
      return answer;
    } catch (error) {
      report(error);
      return undefined;
    }
  }

  #tell<Data>(type: SignalType<Data>, data: Omit<Data, 'machine'>): void {
    const source = this.#name;
    this.#signals?.channel(type).emit({ machine: source, ...data } as Data, { source });
  }
}

const MAX_EVENTS = 100;
