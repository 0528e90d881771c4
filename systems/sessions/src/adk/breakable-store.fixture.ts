import { type Store, storeFaults } from '@sustain/stores';

/** A way to a store that can be lost. The store itself is in order. */
export function breakableStore(inner: Store): { readonly store: Store; isAway: boolean } {
  const way = {
    isAway: false,
    store: new Proxy(inner, {
      get(target, name) {
        const given = Reflect.get(target, name) as unknown;
        if (typeof given !== 'function' || name === 'close') return given;
        return async (...args: unknown[]) => {
          if (way.isAway) throw storeFaults.STORE_UNAVAILABLE({ store: target.name, reason: 'it is away' });
          return given.apply(target, args);
        };
      },
    }),
  };
  return way;
}
