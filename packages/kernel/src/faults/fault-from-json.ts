import type { AnyFaultFactory } from './define-faults.ts';
import { Fault } from './fault.ts';
import { checkSeverity, isText, must } from './must.ts';

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
    const { system, code, name, message, category, recovery, severity, context, stack, cause } = fields;
    const isFault = !depth || system !== undefined;
    const texts = { name, message, ...(isFault && { system, code, category, recovery }) };
    for (const [field, value] of Object.entries(texts))
      must(`${field} of a fault`, 'a text', value, isText(value));
    const options =
      cause === undefined
        ? {}
        : { cause: isError(cause) && depth < MAX_CHAIN ? read(cause, depth + 1) : cause };
    let error = new Error(message, options);
    if (isFault) {
      checkSeverity('of a fault', severity);
      must('context of a fault', 'an object', context, isRecord(context));
      const { retryable, autoRecoverable, userMessage, operationId } = fields;
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
    } else if (code !== undefined) Object.assign(error, { code });
    if (name !== error.name) Object.defineProperty(error, 'name', { value: name });
    return Object.defineProperty(error, 'stack', { value: textOf(stack) ?? `${name}: ${message}` });
  }
}

type Fields = Readonly<Record<string, never>>;

/** Longer chains are no faults of ours: to read them all would overflow the stack. */
const MAX_CHAIN = 10;

function textOf(value: unknown): string | undefined {
  return isText(value) ? value : undefined;
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && !!value && !Array.isArray(value);
}

function isError(value: unknown): value is Fields {
  return isRecord(value) && isText(value['name']) && isText(value['message']);
}
