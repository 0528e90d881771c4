import type { AnyMethod, AnyRule, Rules } from './call.ts';
import { checkRules } from './check-rules.ts';

/** For methods of the port, what happens to which of their calls. */
export type PortPlan<P extends object> = {
  readonly [Name in MethodName<P>]?: Rules<Method<P[Name]>>;
};

/** The names of a port's methods, optional ones too. */
export type MethodName<P> = {
  [Name in keyof P]-?: NonNullable<P[Name]> extends AnyMethod ? Name : never;
}[keyof P];

type Method<T> = Extract<NonNullable<T>, AnyMethod>;

/** @internal Throws a TypeError or RangeError that says what is wrong with a plan for this port. */
export function checkPlan(port: object, plan: object): Map<PropertyKey, readonly AnyRule[]> {
  const names = Reflect.ownKeys(plan);
  if (names.length === 0) throw new TypeError('the plan is empty; name a method and its rules');
  return new Map(
    names.map((name) => {
      if (typeof Reflect.get(port, name) !== 'function') {
        const known = methodNames(port).join(', ') || 'none';
        throw new TypeError(`the port has no method ${String(name)}; it has: ${known}`);
      }
      return [name, checkRules(`rule of ${String(name)}`, Reflect.get(plan, name))];
    }),
  );
}

/** Own and inherited ones, without those of all objects. */
function methodNames(port: object): string[] {
  const names = new Set<string>();
  for (let at: object | null = port; at && at !== Object.prototype; at = Reflect.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name);
    }
  }
  return [...names];
}
