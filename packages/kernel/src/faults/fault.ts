import { errorToJson, type FaultFields, type FaultJson } from './fault-json.ts';
import { currentOperation } from './operation.ts';
import { toPlain } from './plain.ts';
import type { Severity } from './severity.ts';

/** Facts about one occurrence. Safe to log: no secrets, no audio. Values must be serialisable to JSON. */
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
  /** For engineers: what was wrong, what was got, and the cure. A text, or made of the context; if that throws, the code. */
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
  /** Default, when the field is absent: the id of the current operation. */
  readonly operationId?: string | undefined;
}

/**
 * A declared failure that happened. An Error, so that whatever handles errors handles it; made by the factories of
 * `defineFaults`, or by `classify` of anything thrown.
 *
 * Immutable in its fields: the context is a frozen copy.
 */
export class Fault<Code extends string = string, Context extends FaultContext = FaultContext>
  extends Error
  implements FaultFields
{
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

  /** Its own, where a bundler may have renamed it. */
  static override readonly name: string = 'Fault';

  /** @internal Use the factories of `defineFaults`. */
  constructor(
    system: string,
    code: Code,
    declaration: FaultDeclaration<Context>,
    context: Context,
    options: FaultOptions = {},
  ) {
    const { message, stack } = declaration;
    const { cause } = options;
    // A fault that cannot be made would hide what it was to tell: what throws here is told without.
    let frozen: Context | undefined;
    let text = typeof message === 'string' ? message : code;
    let bare = stack === false;
    try {
      frozen = Object.freeze({ ...context });
      if (typeof message === 'function') text = `${message(frozen)}`;
      // Not read: to read a stack is to format it, at ten times the cost of all else. A revoked proxy throws.
      bare ||=
        stack !== true &&
        cause instanceof Error &&
        (cause.constructor as Declared).declaration?.stack !== false;
    } catch {
      frozen ??= Object.freeze(toPlain(context)) as Context;
    }
    // V8 measures: a stack costs 1 µs a frame. With the limit at 0 the error stays a true Error in every respect.
    const limit = host.stackTraceLimit;
    if (bare) host.stackTraceLimit = 0;
    super(text, options);
    if (bare) host.stackTraceLimit = limit;
    this.code = code;
    this.system = system;
    this.category = declaration.category;
    this.severity = declaration.severity;
    this.recovery = declaration.recovery;
    this.retryable = declaration.retryable ?? false;
    this.autoRecoverable = declaration.autoRecoverable ?? true;
    this.userMessage = declaration.userMessage;
    this.context = frozen;
    this.operationId = 'operationId' in options ? options.operationId : currentOperation()?.id;
  }

  /** The class's. On the prototype, so that it is there when the stack is captured, whose first line says it. */
  override get name(): string {
    return this.constructor.name;
  }

  /** Plain data for logs and API answers, with the chain of causes. `faultFromJson` reads it. Never throws. */
  toJSON(): FaultJson {
    return errorToJson(this) as FaultJson;
  }
}

const host = Error as { stackTraceLimit?: number | undefined };

/** A class that `defineFaults` has made, or another. */
type Declared = { readonly declaration?: FaultDeclaration };
