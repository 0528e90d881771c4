import { Fault } from './fault.ts';
import { toPlain } from './plain.ts';
import { type Severity, severity } from './severity.ts';

/**
 * The Fault that `Fault.toJSON` described, in another process or at another time. Its causes are Faults and Errors
 * with the original names, messages and stacks. Throws a TypeError that names the field when `json` is no such
 * description.
 */
export function faultFromJson(json: unknown): Fault {
  return read(json, 0);
}

/** Longer chains of causes are no faults of ours, which are cut at 10: they would overflow the stack. */
const MAX_CHAIN = 100;

function read(json: unknown, depth: number): Fault {
  const fields = objectOf(json, 'a fault');
  const fault = new Fault(
    textOf(fields, 'system'),
    textOf(fields, 'code'),
    {
      category: textOf(fields, 'category'),
      severity: severityOf(fields.severity),
      recovery: textOf(fields, 'recovery'),
      retryable: fields.retryable === true,
      autoRecoverable: fields.autoRecoverable === true,
      message: textOf(fields, 'message'),
      ...(typeof fields.userMessage === 'string' && { userMessage: fields.userMessage }),
    },
    objectOf(fields.context, 'the context'),
    {
      ...(fields.cause !== undefined && { cause: causeFromJson(fields.cause, depth + 1) }),
      operationId: typeof fields.operationId === 'string' ? fields.operationId : undefined,
    },
  );
  setStack(fault, fields.stack);
  return fault;
}

function causeFromJson(json: unknown, depth: number): unknown {
  if (depth > MAX_CHAIN)
    throw new TypeError(`a fault has ${MAX_CHAIN} causes behind each other at most; got more`);
  const fields = objectOf(json, 'a cause');
  if (fields.name === 'Fault') return read(fields, depth);
  const cause = fields.cause === undefined ? undefined : { cause: causeFromJson(fields.cause, depth + 1) };
  const error = new Error(textOf(fields, 'message'), cause);
  error.name = textOf(fields, 'name');
  if (typeof fields.code === 'string') Object.assign(error, { code: fields.code });
  setStack(error, fields.stack);
  return error;
}

function setStack(error: Error, stack: unknown): void {
  Object.defineProperty(error, 'stack', {
    value: typeof stack === 'string' ? stack : `${error.name}: ${error.message}`,
    writable: true,
    configurable: true,
  });
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new TypeError(`${what} must be an object; got ${JSON.stringify(toPlain(value))}`);
}

function textOf(fields: Record<string, unknown>, field: string): string {
  const value = fields[field];
  if (typeof value === 'string') return value;
  throw new TypeError(
    `the field ${field} of a fault must be a string; got ${JSON.stringify(toPlain(value))}`,
  );
}

function severityOf(value: unknown): Severity {
  if (Object.values(severity).includes(value as Severity)) return value as Severity;
  throw new TypeError(`the severity of a fault must be 1 to 5; got ${JSON.stringify(toPlain(value))}`);
}
