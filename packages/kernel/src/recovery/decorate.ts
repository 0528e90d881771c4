import type { Pipeline } from '../policies/index.ts';

/** A function that may be decorated; it may answer at once, or throw. */
// biome-ignore lint/suspicious/noExplicitAny: whatever it takes is handed through as it is.
type Decorated = (this: any, ...args: any[]) => unknown;

/** What a decorated function is: the same, always answering a promise, which may be of something else as well. */
export type Protected<F extends Decorated, Adds = never> = (
  this: ThisParameterType<F>,
  ...args: Parameters<F>
) => Promise<Awaited<ReturnType<F>> | Adds>;

/**
 * Protects a function by hand, `const safe = withX(options)(work)`, or a method as a TC39 decorator, `@withX(options)`.
 * `this` and the arguments are handed through. Throws a TypeError for anything else: a field, an accessor, a class.
 */
export type Decorator<Adds = never> = <F extends Decorated>(
  work: F,
  context?: { readonly kind: string },
) => Protected<F, Adds>;

/**
 * Makes a decorator that does each call under `policies`. Where they refuse a call before it has begun, `fallback` is
 * called instead, with the same `this` and arguments.
 */
export function decorator<Adds = never>(policies: Pipeline, fallback?: Decorated): Decorator<Adds> {
  return (work, context) => {
    const kind = context?.kind ?? typeof work;
    if (kind !== 'method' && kind !== 'function') {
      throw new TypeError(`functions and methods can be protected; got a ${kind}`);
    }
    return async function (...args) {
      let isCalled = false;
      try {
        return (await policies.run(() => {
          isCalled = true;
          return work.apply(this, args);
        })) as never;
      } catch (error) {
        // What the work met, an open circuit further in for one, is a failure like any other.
        if (isCalled || !fallback) throw error;
        return fallback.apply(this, args) as never;
      }
    };
  };
}
