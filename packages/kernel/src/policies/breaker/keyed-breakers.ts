import { COUNT, checkNumber } from '../../options/index.ts';
import type { Environment, Layer, Policy } from '../pipeline/index.ts';
import type { BreakerControls } from './breaker-controls.ts';
import { breakerLayer } from './breaker-layer.ts';
import {
  type BreakerOptions,
  type BreakerRules,
  type BreakerSettings,
  breakerRules,
  changeRules,
} from './breaker-options.ts';
import { Circuit } from './circuit.ts';

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
  return new CircuitsByKey(options as KeyedBreakersOptions<unknown>);
}

class CircuitsByKey implements KeyedBreakers {
  readonly kind = 'keyed-breakers';
  readonly #rules: BreakerRules;
  readonly #maxKeys: number;
  // Both in the order of their last use.
  readonly #closed = new Map<string, Circuit>();
  readonly #others = new Map<string, Circuit>();

  constructor(options: KeyedBreakersOptions<unknown>) {
    const { maxKeys = 10_000 } = options;
    this.#rules = breakerRules(options, (circuit) => this.#sort(circuit as Circuit));
    this.#maxKeys = maxKeys;
    checkNumber(`maxKeys of the breakers ${options.name}`, maxKeys, COUNT);
  }

  get name(): string {
    return this.#rules.name;
  }

  get size(): number {
    return this.#closed.size + this.#others.size;
  }

  of(key: string): Circuit {
    const circuit = this.#closed.get(key) ?? this.#others.get(key) ?? this.#add(key);
    this.#sort(circuit);
    return circuit;
  }

  troubled(): readonly Circuit[] {
    return [...this.#others.values()];
  }

  reconfigure(settings: BreakerSettings<unknown>): void {
    const { trip } = this.#rules;
    changeRules(this.#rules, settings);
    for (const circuits of [this.#closed, this.#others]) {
      for (const circuit of circuits.values()) circuit.onRules(trip);
    }
  }

  attach(level: number, environment: Environment): Layer {
    return breakerLayer(this.#rules, level, environment, ({ options }) => this.of(options.key ?? ''), {});
  }

  #add(key: string): Circuit {
    if (this.size >= this.#maxKeys) {
      const circuits = this.#closed.size > 0 ? this.#closed : this.#others;
      for (const oldest of circuits.keys()) {
        circuits.delete(oldest);
        break;
      }
    }
    const circuit = new Circuit(this.#rules, `${this.name}/${key}`, key);
    this.#closed.set(key, circuit);
    return circuit;
  }

  /** Puts a circuit last among its like. One that has made room stays away, whatever becomes of its calls. */
  #sort(circuit: Circuit): void {
    const { key, phase } = circuit;
    const from = this.#closed.get(key) === circuit ? this.#closed : this.#others;
    if (from.get(key) !== circuit) return;
    from.delete(key);
    (phase.state === 'closed' ? this.#closed : this.#others).set(key, circuit);
  }
}
