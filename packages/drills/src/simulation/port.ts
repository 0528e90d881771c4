import { checkOptions, WAIT } from '@sustain/kernel/options';
import type { Span } from '../kill/index.ts';
import type { Connection } from './connection.ts';
import { type CallFault, callFaults, checkName, type FaultPlan } from './fault-plan.ts';
import { type Odds, oddsOf } from './fault-source.ts';
import { type Life, never } from './life.ts';
import type { Simulation } from './simulation.ts';

/** How likely a call goes wrong in each way, 0..1. Default 0 each; together at most 1. */
export type CallOdds = { readonly [Fault in CallFault]?: number };

export interface PortOptions extends CallOdds {
  /** How long a call takes to be done, and again to be answered. Default 0 to 1 ms. */
  readonly latency?: Span;
  /** How much longer when it is late. Default 1 to 30 s. */
  readonly lateBy?: Span;
  /** Whether it needs the connection: without it calls reject. Default false. */
  readonly remote?: boolean;
  /** What a call that goes wrong throws or rejects with, as the real thing would. Default an Error with `code` EIO, or ECONNRESET for a remote port. */
  readonly error?: (fault: CallFault, call: string) => unknown;
}

/** An object whose methods answer later. */
export type Port<T extends object> = {
  readonly [Key in keyof T]: T[Key] extends (...args: infer Args) => infer Answer
    ? (...args: Args) => Promise<Awaited<Answer>>
    : T[Key];
};

/** Who calls, and what the faults of calls take away. */
export interface Surroundings {
  readonly simulation: Simulation;
  readonly life: Life;
  readonly connection: Connection;
  readonly cancel: () => void;
}

const DEFAULT_LATENCY: Span = { leastMs: 0, mostMs: 1 };
const DEFAULT_LATE: Span = { leastMs: 1000, mostMs: 30_000 };

export function simulatedPort<T extends object>(
  around: Surroundings,
  name: string,
  impl: T,
  options: PortOptions = {},
): Port<T> {
  checkName('a port', name);
  const settings = settingsOf(name, options);
  const methods = new Map<PropertyKey, unknown>();
  // Of a stand-in, since a proxy of a frozen object must show the object's own methods.
  return new Proxy(Object.create(impl), {
    get(_, key) {
      const value: unknown = Reflect.get(impl, key);
      if (typeof value !== 'function' || typeof key !== 'string') return value;
      let method = methods.get(key);
      if (!method) {
        method = (...args: unknown[]) =>
          call(around, `${name}.${key}`, () => Reflect.apply(value, impl, args), settings);
        methods.set(key, method);
      }
      return method;
    },
  }) as Port<T>;
}

interface Settings {
  readonly latency: Span;
  readonly lateBy: Span;
  readonly remote: boolean;
  readonly odds: Odds;
  readonly error: (fault: CallFault, call: string) => unknown;
}

function settingsOf(name: string, options: PortOptions): Settings {
  const { latency = DEFAULT_LATENCY, lateBy = DEFAULT_LATE, remote = false } = options;
  const odds = oddsOf(`port ${name}`, callFaults, options);
  checkOptions(`port ${name}`, {
    'latency.leastMs': [latency.leastMs, WAIT],
    'latency.mostMs': [latency.mostMs, { ...WAIT, least: latency.leastMs }],
    'lateBy.leastMs': [lateBy.leastMs, WAIT],
    'lateBy.mostMs': [lateBy.mostMs, { ...WAIT, least: lateBy.leastMs }],
  });
  const error =
    options.error ??
    ((fault: CallFault, at: string) =>
      Object.assign(new Error(`${at}: ${WORDS[fault] ?? 'connection lost'}`), {
        code: remote ? 'ECONNRESET' : 'EIO',
      }));
  return { latency, lateBy, remote, odds, error };
}

const WORDS: { readonly [Fault in CallFault]?: string } = {
  throw: 'broken',
  reject: 'failed',
  lose: 'the answer was lost',
};

function call(
  { simulation, life, connection, cancel }: Surroundings,
  name: string,
  work: () => unknown,
  { latency, lateBy, remote, odds, error }: Settings,
): Promise<unknown> {
  if (life.state === 'over') return never();
  const { at, faults } = simulation.faults.reach(name, odds, lateBy);
  simulation.faults.calls.push(at);
  const doneMs = simulation.latencyMs(name, latency);
  const answerMs = simulation.latencyMs(name, latency);
  for (const { what } of faults) simulation.note(`${at} is to ${what}`);
  const is = (what: CallFault) => faults.some((fault) => fault.what === what);
  if (is('throw')) throw error('throw', at);
  return new Promise((resolve, reject) => {
    const answer = (value: unknown) =>
      simulation.schedule(life, answerMs, `${at} answers`, () => resolve(value));
    const fail = (reason: unknown) =>
      simulation.schedule(life, answerMs, `${at} fails`, () => reject(reason));
    simulation.schedule(life, doneMs + lateMs(faults, lateBy), `${at} is done`, () => {
      if (faults.length === 0 && (!remote || connection.isUp)) return perform(work, answer, fail);
      if (is('cancel')) cancel();
      if (is('disconnect')) connection.lose();
      if (is('hang')) return;
      if (remote && !connection.isUp) return void fail(error('disconnect', at));
      if (is('refuse')) return void answer(false);
      if (is('reject')) return void fail(error('reject', at));
      if (!is('lose')) return perform(work, answer, fail);
      const lost = () => fail(error('lose', at));
      perform(work, lost, lost);
    });
  });
}

/** A plan may leave out how late. */
function lateMs(faults: FaultPlan, { mostMs }: Span): number {
  const late = faults.find(({ what }) => what === 'late');
  return late ? (late.forMs ?? mostMs) : 0;
}

function perform(
  work: () => unknown,
  answer: (value: unknown) => void,
  fail: (error: unknown) => void,
): void {
  let value: unknown;
  try {
    value = work();
  } catch (error) {
    fail(error);
    return;
  }
  if (value instanceof Promise) value.then(answer, fail);
  else answer(value);
}
