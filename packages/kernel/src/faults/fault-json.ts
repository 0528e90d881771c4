import { type Plain, toPlain } from './plain.ts';
import type { Severity } from './severity.ts';

/** The fields of a Fault that describe it; Fault has them all. */
export interface FaultFields {
  readonly system: string;
  readonly code: string;
  readonly category: string;
  readonly severity: Severity;
  readonly recovery: string;
  readonly retryable: boolean;
  readonly autoRecoverable: boolean;
  readonly userMessage: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;
  readonly operationId: string | undefined;
}

/** An error that is not a Fault, or anything else that was thrown, as plain data. */
export interface ErrorJson {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: FaultJson | ErrorJson;
}

/** A Fault as plain data, with the chain of causes. */
export interface FaultJson extends Omit<FaultFields, 'userMessage' | 'context' | 'operationId'> {
  readonly name: 'Fault';
  readonly message: string;
  readonly userMessage?: string;
  readonly context: { readonly [key: string]: Plain };
  readonly operationId?: string;
  readonly stack?: string;
  readonly cause?: FaultJson | ErrorJson;
}

/** `error` and its chain of causes as plain data. Never throws, whatever they hold; chains over 10 long are cut. */
export function errorToJson(error: unknown): FaultJson | ErrorJson {
  const chain = causesOf(error).map(describe);
  return chain.reduceRight((cause, outer) => ({ ...outer, cause }));
}

const MAX_CHAIN = 10;

function causesOf(error: unknown): unknown[] {
  const chain = [error];
  try {
    for (
      let at = error;
      at instanceof Error && at.cause !== undefined && chain.length < MAX_CHAIN;
      at = at.cause
    ) {
      chain.push(at.cause);
    }
  } catch {
    chain.push('[unreadable]'); // A cause behind a throwing getter: the chain ends there.
  }
  return chain;
}

function describe(error: unknown): FaultJson | ErrorJson {
  try {
    if (!(error instanceof Error)) return { name: typeof error, message: textOf(error) };
    const shared = {
      message: String(error.message),
      ...(typeof error.stack === 'string' && { stack: error.stack }),
    };
    if (isFault(error)) return { ...describeFault(error), ...shared };
    const { code } = error as { readonly code?: unknown };
    const hasCode = typeof code === 'string' || typeof code === 'number';
    return { name: String(error.name), ...shared, ...(hasCode && { code: String(code) }) };
  } catch {
    return { name: 'Error', message: '[unreadable]' }; // The thrown thing itself throws when it is looked at.
  }
}

function describeFault(fault: FaultFields): Omit<FaultJson, 'message'> {
  return {
    name: 'Fault',
    system: fault.system,
    code: fault.code,
    category: fault.category,
    severity: fault.severity,
    recovery: fault.recovery,
    retryable: fault.retryable,
    autoRecoverable: fault.autoRecoverable,
    ...(fault.userMessage !== undefined && { userMessage: fault.userMessage }),
    context: toPlain(fault.context) as { readonly [key: string]: Plain },
    ...(fault.operationId !== undefined && { operationId: fault.operationId }),
  };
}

function isFault(error: Error): error is Error & FaultFields {
  return error.name === 'Fault' && 'severity' in error && 'recovery' in error;
}

function textOf(value: unknown): string {
  const plain = toPlain(value);
  return typeof plain === 'string' ? plain : JSON.stringify(plain);
}
