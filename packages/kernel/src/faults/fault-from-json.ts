import type { AnyFaultFactory } from './define-faults.ts';
import { Fault } from './fault.ts';
import { toPlain } from './plain.ts';
import { type Severity, severity } from './severity.ts';

/**
 * The Fault that `Fault.toJSON` described, in another process or at another time. Its causes are Faults and Errors
 * with the original names, messages and stacks. Throws a TypeError that names the field when `json` is no such
 * description.
 *
 * Faults of `catalogs` are `instanceof` their classes again, and of their parents'; of others only `matches` knows
 * what they are. In both cases they say what they said there, even if it is declared differently here.
 */
export function faultFromJson(
  json: unknown,
  ...catalogs: readonly Readonly<Record<string, AnyFaultFactory>>[]
): Fault {
  return read(json, 0) as Fault;

  function read(json: unknown, depth: number): Error {
    const fields = objectOf(json, depth === 0 ? 'a fault' : 'a cause');
    if (depth > MAX_CHAIN) refuse('the chain of causes', `${MAX_CHAIN} long at most`, 'more');
    const { system, code, stack, operationId, userMessage } = fields;
    const cause = fields.cause !== undefined && { cause: read(fields.cause, depth + 1) };
    let error: Error;
    if (depth === 0 || system !== undefined) {
      const declaration = {
        category: textOf(fields, 'category'),
        severity: severityOf(fields.severity),
        recovery: textOf(fields, 'recovery'),
        retryable: fields.retryable === true,
        autoRecoverable: fields.autoRecoverable === true,
        message: textOf(fields, 'message'),
        userMessage: typeof userMessage === 'string' ? userMessage : undefined,
        stack: false,
      };
      const options = { ...cause, operationId: typeof operationId === 'string' ? operationId : undefined };
      const known = catalogs.map((catalog) => catalog[`${code}`]).find((kind) => kind?.system === system);
      error = Reflect.construct(
        Fault,
        [
          textOf(fields, 'system'),
          textOf(fields, 'code'),
          declaration,
          objectOf(fields.context, 'the context'),
          options,
        ],
        (known ?? Fault) as typeof Fault,
      );
    } else {
      error = new Error(textOf(fields, 'message'), cause || undefined);
      if (typeof code === 'string') Object.assign(error, { code });
    }
    const name = textOf(fields, 'name');
    if (name !== error.name) define(error, 'name', name);
    define(error, 'stack', typeof stack === 'string' ? stack : `${name}: ${error.message}`);
    return error;
  }
}

/** Longer chains of causes are no faults of ours, which are cut at 10: they would overflow the stack. */
const MAX_CHAIN = 100;

function define(error: Error, field: string, value: string): void {
  Object.defineProperty(error, field, { value, writable: true, configurable: true });
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value && !Array.isArray(value)) return value as Record<string, unknown>;
  return refuse(what, 'an object', value);
}

function textOf(fields: Record<string, unknown>, field: string): string {
  const value = fields[field];
  return typeof value === 'string' ? value : refuse(`the field ${field} of a fault`, 'a string', value);
}

function severityOf(value: unknown): Severity {
  const levels: readonly unknown[] = Object.values(severity);
  return levels.includes(value) ? (value as Severity) : refuse('the severity of a fault', '1 to 5', value);
}

function refuse(what: string, allowed: string, got: unknown): never {
  throw new TypeError(`${what} must be ${allowed}; got ${JSON.stringify(toPlain(got))}`);
}
