import type { Proceed, RuleChain } from './call.ts';
import { overlay } from './overlay.ts';

/**
 * A port to hand to the code under test before it is known what will be broken: it works as the true one until `inject`
 * breaks it, and again after. Answers a port that is breakable already as it is. Throws a TypeError when it is no object.
 */
export function breakable<P extends object>(port: P): P {
  if (typeof port !== 'object' || port === null) {
    const cure = typeof port === 'function' ? '; wrap it: { call: fn }' : '';
    throw new TypeError(
      `a port must be an object with methods; got ${port === null ? port : typeof port}${cure}`,
    );
  }
  if (breakables.has(port)) return port;
  const its: Breakable = { target: port, broken: new Set(), standIns: new WeakMap() };
  const shown = overlay(port, (name, method, self, args) => {
    const truly: Proceed = (argsNow) =>
      Reflect.apply(
        method,
        self,
        argsNow.map((arg) => standInOf(its, arg)),
      );
    let proceed = truly;
    for (const chains of its.broken) {
      const chain = chains.get(name);
      const inner = proceed;
      if (chain) proceed = (argsNow) => chain(argsNow, inner);
    }
    return proceed(args);
  });
  breakables.set(shown, its);
  return shown;
}

/** @internal What is known of a breakable port. */
export interface Breakable {
  readonly target: object;
  /** By what it is broken now: by name of the method. The last is the outermost. */
  readonly broken: Set<ReadonlyMap<PropertyKey, RuleChain>>;
  /** What was given to the true port in place of a listener, so that it can also be taken away from it. */
  readonly standIns: WeakMap<object, object>;
}

/** @internal Undefined for a port that is not breakable. */
export function breakableOf(port: object): Breakable | undefined {
  return breakables.get(port);
}

const breakables = new WeakMap<object, Breakable>();

/** There are several when several rules have replaced it. */
function standInOf({ standIns }: Breakable, arg: unknown): unknown {
  let current = arg;
  while (typeof current === 'function') {
    const next = standIns.get(current);
    if (!next) break;
    current = next;
  }
  return current;
}
