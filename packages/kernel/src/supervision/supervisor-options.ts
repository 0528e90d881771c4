import { Signals } from '../signals/index.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../time/index.ts';
import type { ChildSpec } from './child.ts';
import type { Strategy } from './next-steps.ts';
import type { RestartLimits } from './restart-decision.ts';

export interface SupervisorOptions {
  /** Its name in reports. No slashes: paths are made of them. */
  readonly id: string;
  /** Default `one_for_one`. */
  readonly strategy?: Strategy;
  /** In the order in which they start; they stop in reverse. */
  readonly children: readonly ChildSpec[];
  /** Each has a default: see `defaultRestartLimits`. */
  readonly limits?: Partial<RestartLimits>;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Where it reports. Default: a bus of its own, heard by nobody. */
  readonly signals?: Signals;
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

/** The options with their defaults. Throws a RangeError that names the option, what was got and what is allowed. */
export function checkSupervisorOptions(options: SupervisorOptions): Required<SupervisorOptions> & {
  readonly limits: RestartLimits;
} {
  const limits = { ...defaultRestartLimits, ...options.limits };
  checkId('the id of a supervisor', options.id);
  checkOneOf('strategy', options.strategy ?? 'one_for_one', STRATEGIES);
  if (!Number.isInteger(limits.maxRestarts)) {
    throw new RangeError(`maxRestarts must be a whole number; got ${limits.maxRestarts}`);
  }
  for (const name of ['maxRestarts', 'backoffMs', 'maxBackoffMs', 'stableMs'] as const) {
    checkRange(name, limits[name], 0, Number.MAX_SAFE_INTEGER);
  }
  checkRange('withinMs', limits.withinMs, 1, Number.MAX_SAFE_INTEGER);
  checkRange('jitter', limits.jitter, 0, 1);
  checkChildren(options.children);
  return {
    strategy: 'one_for_one',
    clock: systemClock,
    random: systemRandom,
    ...options,
    signals: options.signals ?? new Signals(),
    limits,
  };
}

function checkChildren(children: readonly ChildSpec[]): void {
  const ids = new Set<string>();
  for (const { id, restart = 'permanent', startMs = 0, shutdownMs = 0 } of children) {
    checkId('the id of a child', id);
    checkOneOf(`restart of ${id}`, restart, RESTART_TYPES);
    if (ids.has(id)) throw new RangeError(`the ids of siblings must differ; got ${id} twice`);
    ids.add(id);
    checkRange(`startMs of ${id}`, startMs, 0, Number.POSITIVE_INFINITY);
    checkRange(`shutdownMs of ${id}`, shutdownMs, 0, Number.POSITIVE_INFINITY);
  }
}

function checkId(what: string, id: string): void {
  if (!/^[^/\s]+$/.test(id)) {
    throw new RangeError(`${what} must be a name without slashes and spaces; got ${JSON.stringify(id)}`);
  }
}

const STRATEGIES = ['one_for_one', 'one_for_all', 'rest_for_one'];
const RESTART_TYPES = ['permanent', 'transient', 'temporary'];

function checkOneOf(name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new RangeError(`${name} must be one of ${allowed.join(', ')}; got ${JSON.stringify(value)}`);
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) {
    throw new RangeError(`${name} must be ${least} to ${most}; got ${value}`);
  }
}
