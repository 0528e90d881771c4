import { noSignals, type SignalSink } from '../signals/index.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../time/index.ts';
import type { ChildSpec } from './child.ts';
import type { Strategy } from './next-steps.ts';
import type { RestartLimits } from './restart-decision.ts';

export interface SupervisorOptions {
  /** Its name in reports. No slashes: paths are made of them. */
  readonly id: string;
  /** Default `one_for_one`. Many alike children that come and go, as sessions do, take `simple_one_for_one`. */
  readonly strategy?: Strategy;
  /** In the order in which they start; they stop in reverse. More can be added later. */
  readonly children: readonly ChildSpec[];
  /** Each has a default: see `defaultRestartLimits`. */
  readonly limits?: Partial<RestartLimits>;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Where it reports. Default: nowhere. */
  readonly signals?: SignalSink;
}

/**
 * The sixth crash in a row gives up, after about one and a half seconds of waits. A `maxBackoffMs` above `withinMs / maxRestarts` makes a
 * supervisor that never gives up.
 */
export const defaultRestartLimits: RestartLimits = Object.freeze({
  maxRestarts: 5,
  withinMs: 30_000,
  backoffMs: 100,
  maxBackoffMs: 5000,
  jitter: 0.2,
  stableMs: 5000,
});

export interface CheckedOptions extends Required<SupervisorOptions> {
  readonly limits: RestartLimits;
}

/** The options with their defaults. Throws a RangeError that names the option, what was got and what is allowed. */
export function checkSupervisorOptions(options: SupervisorOptions): CheckedOptions {
  const { id, strategy = 'one_for_one', children } = options;
  const limits = { ...defaultRestartLimits, ...options.limits };
  checkId('supervisor', id);
  checkOneOf('strategy', strategy, 'one_for_one one_for_all rest_for_one simple_one_for_one');
  checkNumbers('', { ...limits });
  const ids = new Set<string>();
  for (const child of children) {
    checkChild(child);
    check('the ids of siblings', child.id, !ids.has(child.id), 'different');
    ids.add(child.id);
  }
  return {
    clock: systemClock,
    random: systemRandom,
    ...options,
    strategy,
    signals: options.signals ?? noSignals,
    limits,
  };
}

/** Throws a RangeError that names the option, what was got and what is allowed. */
export function checkChild({ id, restart = 'permanent', startMs, shutdownMs, health }: ChildSpec): void {
  checkId('child', id);
  checkOneOf(`restart of ${id}`, restart, 'permanent transient temporary');
  checkNumbers(` of ${id}`, { startMs, shutdownMs, ...health, check: undefined });
}

const ONE_OR_MORE = 'withinMs everyMs timeoutMs failures';
const WHOLE = 'maxRestarts failures';
const ENDLESS = 'startMs shutdownMs';

function checkNumbers(of: string, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const least = ONE_OR_MORE.includes(name) ? 1 : 0;
    const most = name === 'jitter' ? 1 : ENDLESS.includes(name) ? Number.POSITIVE_INFINITY : MOST;
    const whole = WHOLE.includes(name);
    const inRange = (value as number) >= least && (value as number) <= most;
    const allowed = `a ${whole ? 'whole ' : ''}number from ${least} to ${most}`;
    check(name + of, value, inRange && (!whole || Number.isInteger(value)), allowed);
  }
}

const MOST = Number.MAX_SAFE_INTEGER;

function checkId(what: string, id: string): void {
  check(`the id of a ${what}`, id, /^[^/\s]+$/.test(id), 'a name without slashes and spaces');
}

function checkOneOf(what: string, value: string, allowed: string): void {
  check(what, value, allowed.split(' ').includes(value), `one of ${allowed}`);
}

function check(what: string, got: unknown, ok: boolean, allowed: string): void {
  if (!ok) throw new RangeError(`${what} must be ${allowed}; got ${got}`);
}
