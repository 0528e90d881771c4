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
  /** For engineers: what was wrong, what was got, and the cure. A text, or made of the context. */
  readonly message: string | ((context: Context) => string);
  /** For users, in plain words. Default: none. */
  readonly userMessage?: string;
  /**
   * Whether an occurrence captures its stack. Default true; false for policies' rejections, which happen by the
   * thousand and say all in their code.
   */
  readonly stack?: boolean;
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
  /** The declared name, unique within its system: `SYNTHESIS_FAILED`. */
  readonly code: Code;
  /** Who declared it: `auralis`, `kernel` … */
  readonly system: string;
  readonly category: string;
  readonly severity: Severity;
  readonly recovery: string;
  readonly retryable: boolean;
  readonly autoRecoverable: boolean;
  readonly userMessage: string | undefined;
  readonly context: Context;
  readonly operationId: string | undefined;

  /** @internal Use the factories of `defineFaults`. */
  constructor(
    system: string,
    code: Code,
    declaration: FaultDeclaration<Context>,
    context: Context,
    options: FaultOptions = {},
  ) {
    const frozen = Object.freeze(copyOf(context));
    super(messageOf(code, declaration, frozen), 'cause' in options ? { cause: options.cause } : undefined);
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

  /** Plain data for logs and API answers, with the chain of causes. `faultFromJson` reads it. Never throws. */
  toJSON(): FaultJson {
    return errorToJson(this) as FaultJson;
  }
}

// On the prototype, so that it is there when the stack is captured, whose first line says it.
Object.defineProperty(Fault.prototype, 'name', { value: 'Fault', writable: true, configurable: true });

/** A fault that cannot be made would hide what it was to tell: a getter that throws is told in its place. */
function copyOf<Context extends FaultContext>(context: Context): Context {
  try {
    return { ...context };
  } catch {
    return toPlain(context) as unknown as Context;
  }
}

function messageOf<Context extends FaultContext>(
  code: string,
  { message }: FaultDeclaration<Context>,
  context: Context,
): string {
  if (typeof message !== 'function') return message;
  try {
    return message(context);
  } catch {
    return `${code}, whose message could not be made of its context`;
  }
}
