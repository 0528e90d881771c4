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
  readonly code?: string | number;
  readonly stack?: string;
  /** What is no error is as it was, if JSON can carry it. */
  readonly cause?: FaultJson | ErrorJson | Plain;
}

/** A Fault as plain data, with the chain of causes. */
export interface FaultJson extends Omit<FaultFields, 'userMessage' | 'context' | 'operationId'> {
  /** `Fault`, or the class's name where one was declared. */
  readonly name: string;
  readonly message: string;
  readonly userMessage?: string;
  readonly context: { readonly [key: string]: Plain };
  readonly operationId?: string;
  readonly stack?: string;
  readonly cause?: FaultJson | ErrorJson | Plain;
}

/** `error` and its chain of causes as plain data. Never throws, whatever they hold; chains over 10 long are cut. */
export function errorToJson(error: unknown): FaultJson | ErrorJson {
  const json = toPlain(error) as FaultJson | null;
  return typeof json?.name === 'string' && typeof json.message === 'string' ? json : headOf(error);
}

/**
 * What anything thrown calls itself and says; of what is not like an error, its kind and its data. Never throws, and
 * reads no stack, which is what costs.
 */
export function headOf(error: unknown): { name: string; message: string } {
  const head = { name: `thrown ${typeof error}`, message: '[unreadable]' };
  try {
    const { name, message } = Object(error) as Record<string, unknown>;
    if (typeof message === 'string') {
      head.message = message;
      if (typeof name === 'string') head.name = name;
    } else {
      const plain = toPlain(error);
      head.message = typeof plain === 'string' ? plain : JSON.stringify(plain);
    }
  } catch {
    // It throws when it is looked at: what has been seen of it is worth having.
  }
  return head;
}
