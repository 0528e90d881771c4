/** What calls a method: `self` is the true target, or another object that the method was called on. */
export type Caller = (name: PropertyKey, method: Method, self: unknown, args: unknown[]) => unknown;

export type Method = (...args: unknown[]) => unknown;

/**
 * An object that looks like `target` in every way that code can see, save that its methods are called by `caller`.
 * Methods, getters and setters run on the true target, so that private fields, symbols and prototypes work; so do frozen
 * targets. A method is the same function whenever it is read, and one that answers the target answers this.
 *
 * Out of reach are `#field in object`, and calls that the target makes on itself: those stay its own.
 */
export function overlay<T extends object>(target: T, caller: Caller): T {
  const shownMethods = new WeakMap<object, Map<PropertyKey, unknown>>();
  const shown = (name: PropertyKey, value: unknown): unknown => {
    if (typeof value !== 'function' || name === 'constructor') return value;
    const named = shownMethods.get(value) ?? new Map<PropertyKey, unknown>();
    shownMethods.set(value, named);
    if (!named.has(name)) named.set(name, shownMethod(name, value as Method));
    return named.get(name);
  };
  const shownMethod = (name: PropertyKey, method: Method) =>
    new Proxy(method, {
      apply(_method, self, args) {
        const answer = caller(name, method, self === proxy ? target : self, args);
        return answer === target ? proxy : answer;
      },
    });

  // Of a stand-in, since a proxy of a frozen object must show the object's own methods.
  const proxy: T = new Proxy(Object.create(null), {
    get: (_, name) => shown(name, Reflect.get(target, name)),
    set: (_, name, value) => Reflect.set(target, name, value),
    has: (_, name) => Reflect.has(target, name),
    deleteProperty: (_, name) => Reflect.deleteProperty(target, name),
    ownKeys: () => Reflect.ownKeys(target),
    getPrototypeOf: () => Reflect.getPrototypeOf(target),
    setPrototypeOf: (_, prototype) => Reflect.setPrototypeOf(target, prototype),
    defineProperty: (_, name, property) =>
      Reflect.defineProperty(target, name, { ...property, configurable: true }),
    getOwnPropertyDescriptor(_, name) {
      const property = Reflect.getOwnPropertyDescriptor(target, name);
      if (!property) return undefined;
      // The stand-in has no such property, and what a proxy says of what does not exist must be configurable.
      const value = 'value' in property ? { value: shown(name, property.value) } : {};
      return { ...property, ...value, configurable: true };
    },
  });
  return proxy;
}
