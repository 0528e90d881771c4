import { checkDeclaration, must } from './check-declaration.ts';
import type { AnyFaultFactory } from './define-faults.ts';
import { Fault } from './fault.ts';

/**
 * The Fault that `Fault.toJSON` described, in another process or at another time. Its causes are Faults and Errors
 * with the original names, messages and stacks, or, where there was no error, what there was. Throws a TypeError that
 * names the field when `json` is no such description.
 *
 * Faults of `catalogs` are `instanceof` their classes again, and of their parents'; of others only `matches` knows
 * what they are. In both cases they say what they said there, even if it is declared differently here.
 */
export function faultFromJson(
  json: unknown,
  ...catalogs: readonly Readonly<Record<string, AnyFaultFactory>>[]
): Fault {
  must('a fault', 'an object', json, isRecord(json));
  return read(json as Fields, 0) as Fault;

  function read(fields: Fields, depth: number): Error {
    const { system, code, name, message, context, retryable, autoRecoverable } = fields;
    const { stack, cause, userMessage, operationId } = fields;
    const options =
      cause === undefined
        ? {}
        : { cause: isError(cause) && depth < MAX_CHAIN ? read(cause, depth + 1) : cause };
    let error: Error;
    if (depth && system === undefined) {
      error = Object.assign(new Error(message, options), code !== undefined && { code });
    } else {
      checkDeclaration('of a fault', fields as never, { system, code, name });
      must('context of a fault', 'an object', context, isRecord(context));
      const declaration = {
        ...fields,
        retryable: retryable === true,
        autoRecoverable: autoRecoverable === true,
        userMessage: textOf(userMessage),
        stack: false,
      };
      const kinds = catalogs.map((catalog) => catalog[`${code}`]);
      error = Reflect.construct(
        Fault,
        [system, code, declaration, context, { ...options, operationId: textOf(operationId) }],
        (kinds.find((kind) => kind?.system === system) ?? Fault) as typeof Fault,
      );
    }
    if (name !== error.name) Object.defineProperty(error, 'name', { value: name });
    return Object.defineProperty(error, 'stack', { value: textOf(stack) ?? String(error) });
  }
}

type Fields = Readonly<Record<string, never>>;

/** Longer chains are no faults of ours: to read them all would overflow the stack. */
const MAX_CHAIN = 10;

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && !!value && !Array.isArray(value);
}

function isError(value: unknown): unknown {
  const { name, message } = Object(value) as Fields;
  return textOf(name) && textOf(message) !== undefined;
}
