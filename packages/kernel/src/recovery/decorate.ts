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

/** Makes a decorator of what is done with each call: `run` has the work with its arguments bound, and those. */
export function decorator<Adds = never>(
  run: (work: () => unknown, self: unknown, args: readonly unknown[]) => Promise<unknown>,
): Decorator<Adds> {
  return (work, context) => {
    const kind = context?.kind ?? typeof work;
    if (kind !== 'method' && kind !== 'function') {
      throw new TypeError(`functions and methods can be protected; got a ${kind}`);
    }
    return function (...args) {
      return run(() => work.apply(this, args), this, args) as never;
    };
  };
}
