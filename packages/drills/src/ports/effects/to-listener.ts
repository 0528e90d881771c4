import type { AnyMethod, Effect, RuleChain, Rules } from '../call.ts';
import { checkRules } from '../check-rules.ts';

/**
 * What a port tells a listener that it is given is broken: `on: { effect: toListener({ every: 3, effect: drops() }) }`.
 * Each call of the listener is a message, counted from the first; the rules are as those of methods, and the same
 * listener given twice is one. All functions among the arguments are listeners. Removing a listener works as ever.
 */
export function toListener<Listener extends AnyMethod = (...message: never[]) => void>(
  rules: Rules<Listener>,
): Effect<never> {
  const list = checkRules('rule of toListener', rules);
  return {
    name: 'toListener',
    begin() {
      const standIns = new WeakMap<object, object>();
      return (call) => {
        const args = call.args.map((arg) => {
          if (typeof arg !== 'function') return arg;
          const standIn = standIns.get(arg) ?? standInFor(arg, call.startRules('listener', list));
          standIns.set(arg, standIn);
          call.standIn(standIn, arg);
          return standIn;
        });
        return call.proceed(args) as never;
      };
    },
  };
}

function standInFor(listener: object, chain: RuleChain): object {
  return function standIn(this: unknown, ...args: unknown[]): unknown {
    return chain(args, (argsNow) => Reflect.apply(listener as AnyMethod, this, argsNow as never[]));
  };
}
