import { COUNT, checkOptions } from '../../options/index.ts';
import type { Policy } from '../pipeline/index.ts';
import { BreakerCircuit } from './breaker-circuit.ts';
import type { BreakerControls } from './breaker-controls.ts';
import { breakerLayer } from './breaker-layer.ts';
import { type BreakerOptions, type BreakerSettings, breakerRules, changeRules } from './breaker-options.ts';

export interface KeyedBreakersOptions<T = never> extends BreakerOptions<T> {
  /** How many breakers there may be. A whole number, 1 or more. Default 10,000. */
  readonly maxKeys?: number;
}

/** Breakers that share their settings, one for each key. */
export interface KeyedBreakers<T = unknown> extends Policy<never, T> {
  readonly kind: 'keyed-breakers';
  readonly name: string;
  /** How many breakers there are. */
  readonly size: number;
  /** The breaker of `key`, made if there is none: used by that, as by a call. Its name is `<name>/<key>`. */
  of(key: string): BreakerControls;
  /** The breakers that are not closed, the longest unused first. */
  troubled(): readonly BreakerControls[];
  /** Like a breaker's, for all of them. */
  reconfigure(settings: BreakerSettings<T>): void;
}

/**
 * A breaker for each `key` of `RunOptions`: for each host, model, tenant. Calls without a key share that of the key ''.
 * Everything else is as `breaker` says; so is its place in a pipeline. Keys show in signals and faults: no secrets.
 *
 * When there are `maxKeys`, the one that was not used for the longest time makes room: a closed one as long as there
 * are any. No timers, and a few hundred bytes for each. Throws a RangeError or TypeError when an option is out of range.
 */
export function keyedBreakers<T = never>(
  options: KeyedBreakersOptions<T>,
): KeyedBreakers<[T] extends [never] ? unknown : T> {
  const { name, maxKeys = 10_000 } = options;
  // Both in the order of their last use.
  const closed = new Map<string, BreakerCircuit>();
  const others = new Map<string, BreakerCircuit>();
  /** Puts a circuit last among its like. One that has made room stays away, whatever becomes of its calls. */
  const sort = (circuit: BreakerCircuit) => {
    const { key, phase } = circuit;
    const from = closed.get(key) === circuit ? closed : others;
    if (from.get(key) !== circuit) return;
    from.delete(key);
    (phase.state === 'closed' ? closed : others).set(key, circuit);
  };
  const rules = breakerRules(options as BreakerOptions<unknown>, (circuit) =>
    sort(circuit as BreakerCircuit),
  );
  checkOptions(`breakers ${name}`, { maxKeys: [maxKeys, COUNT] });
  const of = (key: string) => {
    let circuit = closed.get(key) ?? others.get(key);
    if (circuit === undefined) {
      if (closed.size + others.size >= maxKeys) {
        const crowd = closed.size > 0 ? closed : others;
        for (const oldest of crowd.keys()) {
          crowd.delete(oldest);
          break;
        }
      }
      circuit = new BreakerCircuit(rules, `${name}/${key}`, key);
      closed.set(key, circuit);
    }
    sort(circuit);
    return circuit;
  };
  return {
    kind: 'keyed-breakers',
    name,
    get size() {
      return closed.size + others.size;
    },
    of,
    troubled: () => [...others.values()],
    reconfigure: (settings) =>
      changeRules(rules, settings as BreakerSettings<unknown>, [...closed.values(), ...others.values()]),
    attach: (level, environment) =>
      breakerLayer(rules, level, environment, ({ options }) => of(options.key ?? '')),
  };
}
