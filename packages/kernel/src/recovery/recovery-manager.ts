import { checkOptions, POSITIVE } from '../options/index.ts';
import type { RecoveryStrategy } from './recovery-strategy.ts';

/** The name that faults declare for which nothing is done. */
export const NO_RECOVERY = 'none';

/** The recovery strategies of a program, by name. */
export class RecoveryManager {
  readonly #strategies = new Map<string, RecoveryStrategy>();

  constructor(strategies: Iterable<RecoveryStrategy> = []) {
    for (const strategy of strategies) this.add(strategy);
  }

  /** Throws a RangeError when the name is taken, empty or `none`: two meanings of a name would hide each other. */
  add(strategy: RecoveryStrategy): this {
    const { name, timeoutMs = 1 } = strategy;
    if (!name || name === NO_RECOVERY || this.#strategies.has(name)) {
      throw new RangeError(`the name of a strategy must be its own and not none; got ${name}`);
    }
    checkOptions(`strategy ${name}`, { timeoutMs: [timeoutMs, POSITIVE] });
    this.#strategies.set(name, strategy);
    return this;
  }

  get(name: string): RecoveryStrategy | undefined {
    return this.#strategies.get(name);
  }

  /** In the order in which they were added. */
  get names(): readonly string[] {
    return [...this.#strategies.keys()];
  }
}
