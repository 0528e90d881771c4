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
  /** `Fault`, or the class's name where one was declared. */
  readonly name: string;
  readonly message: string;
  readonly userMessage?: string;
  readonly context: { readonly [key: string]: Plain };
  readonly operationId?: string;
  readonly stack?: string;
  readonly cause?: FaultJson | ErrorJson;
}

/** `error` and its chain of causes as plain data. Never throws, whatever they hold; chains over 10 long are cut. */
export function errorToJson(error: unknown): FaultJson | ErrorJson {
  return describe(error, 1);
}

const MAX_CHAIN = 10;

function describe(error: unknown, depth: number): FaultJson | ErrorJson {
  const json: Record<string, unknown> = { name: typeof error };
  try {
    if (error instanceof Error) {
      const { name, message, stack, code } = error as Error & { code?: unknown };
      json.name = `${name}`;
      if ('recovery' in error && 'system' in error) {
        for (const [field, value] of Object.entries(error)) {
          if (value !== undefined) json[field] = toPlain(value);
        }
      } else if (typeof code === 'string' || typeof code === 'number') json.code = `${code}`;
      json.message = `${message}`;
      // Without frames it says only what name and message say.
      if (typeof stack === 'string' && stack !== `${name}: ${message}`) json.stack = stack;
      if (error.cause !== undefined && depth < MAX_CHAIN) json.cause = describe(error.cause, depth + 1);
    } else {
      const plain = toPlain(error);
      json.message = typeof plain === 'string' ? plain : JSON.stringify(plain);
    }
  } catch {
    json.message ??= '[unreadable]'; // It throws when it is looked at: what has been seen of it is worth having.
  }
  return json as unknown as FaultJson | ErrorJson;
}
