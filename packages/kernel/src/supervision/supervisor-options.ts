import { COUNT, checkOption, type NumberRange, POSITIVE } from '../options/index.ts';
import { noSignals, type SignalSink } from '../signals/index.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../time/index.ts';
import type { ChildSpec } from './child.ts';
import type { RestartLimits } from './restart-decision.ts';
import type { Strategy } from './strategy.ts';

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
export const defaultRestartLimits: RestartLimits = {
  maxRestarts: 5,
  withinMs: 30_000,
  backoffMs: 100,
  maxBackoffMs: 5000,
};

export interface CheckedOptions extends Required<SupervisorOptions> {
  readonly limits: RestartLimits;
}

/** The options with their defaults. Throws an error that names the option, what was got and what is allowed. */
export function checkSupervisorOptions(options: SupervisorOptions): CheckedOptions {
  const { id, children, strategy = 'one_for_one' } = options;
  const { clock = systemClock, random = systemRandom, signals = noSignals } = options;
  const limits = { ...defaultRestartLimits, ...options.limits };
  checkId('a supervisor', id);
  checkOption(`strategy of ${id}`, strategy, [
    'one_for_one',
    'simple_one_for_one',
    'one_for_all',
    'rest_for_one',
  ]);
  checkNumbers(id, limits);
  children.forEach(checkChild);
  const ids = children.map((child) => child.id);
  if (new Set(ids).size < ids.length) {
    throw new RangeError(`children of ${id} must have different ids; got ${ids}`);
  }
  return { id, children, strategy, limits, clock, random, signals };
}

/** Throws an error that names the option, what was got and what is allowed. */
export function checkChild(child: ChildSpec): void {
  const { id, restart = 'permanent', health = {} } = child;
  checkId('a child', id);
  checkOption(`restart of ${id}`, restart, ['permanent', 'transient', 'temporary']);
  checkNumbers(id, child);
  checkNumbers(id, health);
}

const AT_LEAST_0: NumberRange = { least: 0 };

/** Of limits, of children and of their health checks. */
const RANGES: Readonly<Record<string, NumberRange>> = {
  maxRestarts: AT_LEAST_0,
  withinMs: POSITIVE,
  backoffMs: POSITIVE,
  maxBackoffMs: POSITIVE,
  startMs: AT_LEAST_0,
  shutdownMs: AT_LEAST_0,
  everyMs: POSITIVE,
  timeoutMs: POSITIVE,
  failures: COUNT,
};

function checkNumbers(id: string, options: object): void {
  for (const [name, range] of Object.entries(RANGES)) {
    if (name in options) checkOption(`${name} of ${id}`, options[name as never], range);
  }
}

function checkId(of: string, id: string): void {
  if (!/^[^/\s]+$/.test(id))
    throw new RangeError(`id of ${of} must be without slashes and spaces; got ${id}`);
}
