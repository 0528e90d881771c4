import type { Clock, Random } from '@sustain/kernel';
import type { AnyRule, Call, PauseOptions, Proceed, RuleChain } from './call.ts';
import type { Ending } from './ending.ts';
import { pause } from './pause.ts';
import type { Trace } from './trace.ts';
import { turnOf } from './turn.ts';

/** What all rules of an injection share. */
export interface Surroundings {
  readonly clock: Clock;
  readonly trace: Trace;
  /** Of the injection. */
  readonly ending: Ending;
  /** What stands for which listener, of the port. */
  readonly standIns: WeakMap<object, object>;
}

/** Starts rules for the calls of one method, or of one listener. */
export function ruleChain(
  method: string,
  rules: readonly AnyRule[],
  random: Random,
  surroundings: Surroundings,
): RuleChain {
  const started = rules.map((rule, index) => new StartedRule(rule, random.fork(`${method}/${index}`)));
  let calls = 0;
  return (args, proceed) => {
    const number = ++calls;
    // All are asked first: whether a rule counts a call does not depend on what the rules before it do.
    const chosen = started.flatMap((rule) => {
      const callRandom = rule.chosen(args);
      return callRandom ? [{ rule, callRandom }] : [];
    });
    return chosen.reduceRight<Proceed>((next, { rule, callRandom }) => {
      return (argsNow) => {
        if (surroundings.ending.ended) return next(argsNow);
        return rule.apply(
          new RuledCall({ method, number, effect: rule.effect }, argsNow, next, callRandom, surroundings),
        );
      };
    }, proceed)(args);
  };
}

class StartedRule {
  readonly effect: string;
  readonly apply: (call: Call<never>) => unknown;
  readonly #rule: AnyRule;
  readonly #random: Random;
  #counted = 0;
  #chosen = 0;

  constructor(rule: AnyRule, random: Random) {
    this.#rule = rule;
    this.#random = random;
    this.effect = rule.effect.name;
    this.apply = rule.effect.begin();
  }

  /** Counts a call; answers its chance if it is chosen. */
  chosen(args: readonly unknown[]): Random | undefined {
    if (this.#rule.where?.(...args) === false) return undefined;
    const random = this.#random.fork(`${++this.#counted}`);
    if (turnOf(this.#rule, this.#counted, this.#chosen, random.next()) !== 'chosen') return undefined;
    this.#chosen++;
    return random;
  }
}

interface Place {
  readonly method: string;
  readonly number: number;
  readonly effect: string;
}

class RuledCall implements Call<never> {
  readonly args: readonly unknown[];
  readonly random: Random;
  readonly #place: Place;
  readonly #next: Proceed;
  readonly #surroundings: Surroundings;

  constructor(
    place: Place,
    args: readonly unknown[],
    next: Proceed,
    random: Random,
    surroundings: Surroundings,
  ) {
    this.#place = place;
    this.args = args;
    this.#next = next;
    this.random = random;
    this.#surroundings = surroundings;
  }

  get clock(): Clock {
    return this.#surroundings.clock;
  }

  get isBroken(): boolean {
    return !this.#surroundings.ending.ended;
  }

  proceed(args: readonly unknown[] = this.args): never {
    return this.#next(args) as never;
  }

  pause(delayMs: number, { deaf = false, over }: PauseOptions = {}): Promise<void> {
    const { ending } = this.#surroundings;
    return pause(
      this.clock,
      delayMs,
      over ? [ending, over] : [ending],
      deaf ? undefined : signalAmong(this.args),
    );
  }

  later(delayMs: number, late: () => void): void {
    if (!this.isBroken) {
      late();
      return;
    }
    const once = () => {
      timer.cancel();
      forget();
      late();
    };
    const timer = this.clock.schedule(delayMs, once);
    const forget = this.#surroundings.ending.onEnd(() => queueMicrotask(once));
  }

  startRules(name: string, rules: readonly AnyRule[]): RuleChain {
    return ruleChain(`${this.#place.method}.${name}`, rules, this.random, this.#surroundings);
  }

  standIn(standIn: object, original: object): void {
    this.#surroundings.standIns.set(original, standIn);
  }

  note(what: string): void {
    const { method, number, effect } = this.#place;
    this.#surroundings.trace.add({ method, call: number, effect, what });
  }
}

/** An argument itself, or the `signal` of one, as `fetch` and the policies take it. */
function signalAmong(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) {
    if (arg instanceof AbortSignal) return arg;
    if (typeof arg !== 'object' || arg === null) continue;
    const { signal } = arg as { readonly signal?: unknown };
    if (signal instanceof AbortSignal) return signal;
  }
  return undefined;
}
