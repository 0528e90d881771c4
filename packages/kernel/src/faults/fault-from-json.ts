import { checkFacts } from './check-facts.ts';
import type { AnyFaultFactory } from './define-faults.ts';
import { Fault } from './fault.ts';
import type { FaultJson } from './fault-json.ts';

/**
 * The Fault that `Fault.toJSON` described, in another process or at another time. Its causes are Faults and Errors
 * with the original names, messages and stacks. Throws an error that names the field when `json` is no
 * such description.
 *
 * Faults of `catalogs` are `instanceof` their classes again, and of their parents'; others have their code only. In both
 * cases they say what they said there, even if it is declared differently here.
 */
export function faultFromJson(
  json: unknown,
  ...catalogs: readonly Readonly<Record<string, AnyFaultFactory>>[]
): Fault {
  return revive(Object(json) as FaultJson, 9) as Fault;

  function revive(error: FaultJson, left: number): Error {
    const { system, code, context, cause } = error;
    if (system || left > 8) checkFacts('a fault', error, ['system', 'code', 'name', 'message']);
    const kinds = catalogs.flatMap((catalog) => Object.values(catalog));
    const kind =
      kinds.find((kind) => kind.system === system && kind.code === code) ?? (system ? Fault : Error);
    const said = {
      ...error,
      ...(system && { context: Object.freeze({ ...context }) }),
      ...(left && cause && { cause: revive(cause as FaultJson, left - 1) }),
    };
    // Described, not assigned: `__proto__` is a name like others.
    return Object.defineProperties(
      Reflect.construct(Error, [], kind as typeof Fault),
      Object.getOwnPropertyDescriptors(said),
    );
  }
}
