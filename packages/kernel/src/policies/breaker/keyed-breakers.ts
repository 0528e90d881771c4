import { COUNT, checkOptions } from '../../options/index.ts';
import type { Environment, Policy } from '../pipeline/index.ts';
import type { BreakerControls } from './breaker-controls.ts';
import { breakerLayer } from './breaker-layer.ts';
import type { BreakerOptions } from './breaker-options.ts';
import { breakerRules } from './breaker-rules.ts';
import { type Circuit, createCircuit } from './circuit.ts';
import { CLOSED } from './phases.ts';

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
  const rules = breakerRules(options as BreakerOptions<unknown>);
  checkOptions(`breakers ${name}`, { maxKeys: [maxKeys, COUNT] });
  // Both in the order of their last use.
  const closed = new Map<string, Circuit>();
  const others = new Map<string, Circuit>();
  const find = (key: string) => closed.get(key) ?? others.get(key);
  /** Puts a circuit last among its like. */
  const sort = (circuit: Circuit) => {
    const { key, phase } = circuit;
    closed.delete(key);
    others.delete(key);
    (phase.state === 'closed' ? closed : others).set(key, circuit);
  };
  const of = (key: string) => {
    let circuit = find(key);
    if (!circuit) {
      if (closed.size + others.size >= maxKeys) {
        const crowd = closed.size > 0 ? closed : others;
        crowd.delete(crowd.keys().next().value as string);
      }
      circuit = createCircuit(rules, CLOSED, `${name}/${key}`, key);
    }
    sort(circuit);
    return circuit;
  };
  // One that has made room stays away, whatever becomes of its calls.
  rules.onChange = (circuit) => {
    if (find(circuit.key) === circuit) sort(circuit);
  };
  const breakers = {
    kind: 'keyed-breakers' as const,
    name,
    rules,
    get size() {
      return closed.size + others.size;
    },
    of,
    circuits: () => [...closed.values(), ...others.values()],
    troubled: () => [...others.values()],
    attach: (level: number, environment: Environment) =>
      breakerLayer(rules, level, environment, ({ options }) => of(options.key ?? '')),
  };
  return breakers;
}
