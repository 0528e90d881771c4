/** A function that may be tracked. */
// biome-ignore lint/suspicious/noExplicitAny: whatever it takes is handed through as it is.
export type Tracked = (this: any, ...args: any[]) => unknown;

/** Wraps a function by hand, or a method as a TC39 decorator; its type stays. */
export type TrackedDecorator = <F extends Tracked>(work: F, context?: { readonly kind: string }) => F;

/**
 * @internal Tracks each call of what it decorates. Throws a TypeError for anything but a function or a method: a field,
 * an accessor, a class.
 */
export function trackedDecorator(track: <T>(work: () => T) => T): TrackedDecorator {
  return <F extends Tracked>(work: F, context?: { readonly kind: string }): F => {
    const kind = context?.kind ?? typeof work;
    if (kind !== 'method' && kind !== 'function') {
      throw new TypeError(`functions and methods can be tracked; got a ${kind}`);
    }
    return function (this: unknown, ...args: unknown[]) {
      return track(() => work.apply(this, args));
    } as F;
  };
}
