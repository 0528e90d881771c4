import { type Clock, type Random, seededRandom, systemClock } from '@sustain/kernel';
import { COUNT, checkOption } from '@sustain/kernel/options';
import { type Injection, startInjection } from '../injection/index.ts';
import { type Breakable, breakable, breakableOf } from './breakable.ts';
import { Ending } from './ending.ts';
import { checkPlan, type PortPlan } from './port-plan.ts';
import { ruleChain } from './rule-chain.ts';
import { type Injected, Trace } from './trace.ts';
import { checkNames } from './turn.ts';

/** A port that is broken until the injection ends; then it is as the true one. */
export interface PortInjection<P extends object> extends Injection {
  /** To hand to the code under test; the given port itself if that is `breakable`. */
  readonly port: P;
  /**
   * What was injected where, in order: the same, byte for byte, for the same seed, plan and calls. A drill whose trace is
   * empty has broken nothing.
   */
  readonly trace: readonly Injected[];
  /** How many entries the trace has not, since it was full. */
  readonly traceLeftOut: number;
}

export interface PortInjectionOptions {
  /** What the port is called in `what`. Default `port`. */
  readonly name?: string | undefined;
  /** All chance. Default: from a seed of its own, always the same. */
  readonly random?: Random | undefined;
  /** On which calls wait. Default the system's. */
  readonly clock?: Clock | undefined;
  /** The hard end, 1 to 600,000 ms. Default 30,000. */
  readonly maxMs?: number | undefined;
  /** Default 10,000 entries. */
  readonly traceLimit?: number | undefined;
}

/**
 * Breaks a port, which is any object with methods, from outside: the code under test and the port itself know nothing
 * of it. Calls that no rule chooses, and all methods that the plan does not name, work as ever. When it ends, calls that
 * wait go on at once, what is held back is delivered, and streams pass on the rest unchanged.
 *
 * A port that is `breakable`, or came from here, may be broken again, also by several injections at once: the last is the
 * outermost. Throws a TypeError or RangeError that says what is wrong with the plan; then nothing is broken.
 */
export function inject<P extends object>(
  port: P,
  plan: PortPlan<NoInfer<P>>,
  options: PortInjectionOptions = {},
): PortInjection<P> {
  return new ActivePortInjection(port, plan, options);
}

class ActivePortInjection<P extends object> implements PortInjection<P> {
  readonly port: P;
  readonly #trace: Trace;
  readonly #injection: Injection;

  constructor(port: P, plan: object, options: PortInjectionOptions) {
    const {
      name = 'port',
      random = seededRandom('ports'),
      clock = systemClock,
      maxMs,
      traceLimit = 10_000,
    } = options;
    checkNames('an injection into a port', options, ['name', 'random', 'clock', 'maxMs', 'traceLimit']);
    checkOption('traceLimit', traceLimit, COUNT);
    this.port = breakable(port);
    const { target, broken, standIns } = breakableOf(this.port) as Breakable;
    const rules = checkPlan(target, plan);
    const ending = new Ending();
    this.#trace = new Trace(traceLimit);
    const surroundings = { clock, trace: this.#trace, ending, standIns };
    const chains = new Map(
      [...rules].map(([method, list]) => [method, ruleChain(String(method), list, random, surroundings)]),
    );
    const effects = [...rules].map(
      ([method, list]) => `${String(method)} ${list.map(({ effect }) => effect.name).join(', ')}`,
    );
    this.#injection = startInjection({
      what: `${name}: ${effects.join('; ')}`,
      undo() {
        broken.delete(chains);
        ending.end();
      },
      maxMs,
      clock,
    });
    broken.add(chains);
  }

  get what(): string {
    return this.#injection.what;
  }

  get substitute(): string | undefined {
    return this.#injection.substitute;
  }

  get endedBy(): Injection['endedBy'] {
    return this.#injection.endedBy;
  }

  get trace(): readonly Injected[] {
    return this.#trace.entries;
  }

  get traceLeftOut(): number {
    return this.#trace.leftOut;
  }

  end(): Promise<void> {
    return this.#injection.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }
}
