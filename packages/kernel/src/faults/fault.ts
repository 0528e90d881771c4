import { headOf } from './error-head.ts';
import type { ErrorJson, FaultJson } from './fault-json.ts';
import { currentOperation } from './operation.ts';
import type { Severity } from './severity.ts';

/**
 * Facts about one occurrence. Safe to log: no secrets, no audio. Values must be serialisable to JSON: if one is not (a
 * bigint, a circle), `toJSON` tells that problem instead of them all.
 */
export type FaultContext = Readonly<Record<string, unknown>>;

/** What a program says about a kind of fault before it happens. */
export interface FaultDeclaration<Context extends FaultContext = FaultContext> {
  /** What kind of thing broke: `network`, `synthesis`, `client` … */
  readonly category: string;
  readonly severity: Severity;
  /** The name of the recovery strategy. */
  readonly recovery: string;
  /** Whether the same call may succeed when it is made again. Default false. */
  readonly retryable?: boolean;
  /** Whether it comes back without a person. "Automated recovery" is counted over those. Default true. */
  readonly autoRecoverable?: boolean;
  /**
   * For engineers: what was wrong, what was got, and the cure. A text, or made of the context; if that throws or is
   * empty, the code.
   */
  readonly message: string | ((context: Context) => string);
  /** For users, in plain words. Default: none. */
  readonly userMessage?: string;
  /**
   * Whether an occurrence captures its stack. Default: unless its cause is an Error that has one, which says more
   * (decision 6). False for policies' rejections, which happen by the thousand and say all in their code.
   */
  readonly stack?: boolean;
  /** What occurrences are called in stacks and logs, as `SessionNotFoundError`. Default: the parent's, or `Fault`. */
  readonly className?: string;
}

export interface FaultOptions {
  /** What led to it. Kept as it is, whatever it is. */
  readonly cause?: unknown;
  /** Default: the id of the current operation. */
  readonly operationId?: string | undefined;
}

/**
 * A declared failure that happened. An Error, so that whatever handles errors handles it; made by the factories of
 * `defineFaults`, or by `classify` of anything thrown.
 *
 * What was declared of its kind it has from its prototype. Its context is a frozen copy.
 */
export class Fault<Code extends string = string, Context extends FaultContext = FaultContext> extends Error {
  // Declared, not defined: what is assigned once below costs half of what is defined and then assigned.
  /** The declared name, unique within its system: `SYNTHESIS_FAILED`. */
  declare readonly code: Code;
  /** Who declared it: `auralis`, `kernel` … */
  declare readonly system: string;
  declare readonly category: string;
  declare readonly severity: Severity;
  declare readonly recovery: string;
  declare readonly retryable: boolean;
  declare readonly autoRecoverable: boolean;
  declare readonly userMessage: string | undefined;
  declare readonly context: Context;
  declare readonly operationId: string | undefined;

  /** @internal Use the factories of `defineFaults`, with which, or with whose child classes, it must be constructed. */
  constructor(context: Context, options: FaultOptions = {}) {
    const { code, declaration } = new.target as unknown as Kind<Code, Context>;
    const { message } = declaration;
    const { cause } = options;
    let { stack } = declaration;
    // A fault that cannot be made would hide what it was to tell: what throws here is told without.
    let copy = {} as Context;
    let text: string = code;
    try {
      copy = { ...context };
      text = typeof message === 'function' ? `${message(copy)}` || code : message;
      // Not read: to read a stack is to format it, at ten times the cost of all else. A revoked proxy throws.
      stack ??=
        !(cause instanceof Error) || (cause.constructor as Partial<Kind>).declaration?.stack === false;
    } catch {
      // The code is its message then.
    }
    // V8 measures: a stack costs 1 µs a frame. With the limit at 0 the error stays a true Error in every respect.
    const limit = host.stackTraceLimit;
    if (stack === false) host.stackTraceLimit = 0;
    super(text, options);
    host.stackTraceLimit = limit;
    this.code = code;
    this.context = Object.freeze(copy);
    this.operationId = options.operationId ?? currentOperation()?.id;
  }

  /** The class's. On the prototype, so that it is there when the stack is captured, whose first line says it. */
  override get name(): string {
    return this.constructor.name;
  }

  /**
   * Plain data for logs and API answers, with the chain of causes, ten at most. Of errors that are no Faults it has
   * name, message, code and stack only: their other fields may hold requests with secrets. `faultFromJson` reads it.
   * Never throws.
   */
  toJSON(): FaultJson {
    return toJson(this, 9) as FaultJson;
  }
}

/** Whether `error` is a Fault. Never throws, not even of a revoked proxy. */
export function isFault(error: unknown): error is Fault {
  try {
    return error instanceof Fault;
  } catch {
    return false;
  }
}

/** What a class made by `defineFaults` says of its occurrences, and its child classes, too. */
interface Kind<Code extends string = string, Context extends FaultContext = FaultContext> {
  readonly code: Code;
  readonly declaration: FaultDeclaration<Context>;
}

const host = Error as { stackTraceLimit?: number | undefined };

function toJson(thrown: unknown, left: number): ErrorJson {
  const json: Record<string, unknown> = { ...headOf(thrown) };
  try {
    const { stack, cause } = thrown as Error;
    json['stack'] = stack;
    if (cause !== undefined) json['cause'] = left ? toJson(cause, left - 1) : undefined;
    if (nested < MOST_NESTED && isFault(thrown)) {
      // What is there stays: a fault that was read has its causes, which may be many, for fields.
      for (const field in thrown) if (!(field in json)) json[field] = plainOf(thrown, field);
    }
  } catch {
    // What has been seen of it is worth having.
  }
  return json as unknown as ErrorJson;
}

/** Of faults in fields of faults in fields, only so many are described by more than what any error says. */
const MOST_NESTED = 3;
let nested = 0;

function plainOf(thrown: object, field: string): unknown {
  nested++;
  try {
    const value: unknown = thrown[field as never];
    return JSON.parse(JSON.stringify({ value })).value;
  } catch (error) {
    const { name, message } = headOf(error);
    return { problem: `${name}: ${message}` };
  } finally {
    nested--;
  }
}
