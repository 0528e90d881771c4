import type { Fault, SeverityName } from '@sustain/kernel';
import type { LogPerformance } from './log-entry.ts';

/** What an entry may have besides its message. */
export interface LogDetails {
  /** Facts; secrets in it are redacted by the names of their keys. Default: those of the logger. */
  readonly context?: Readonly<Record<string, unknown>> | undefined;
  /** Anything thrown. Default: none. */
  readonly error?: unknown;
  /** Default: that of the fault, where the error is one. */
  readonly errorCode?: string | undefined;
  /** Default: the context's `userId`, else none. */
  readonly userId?: string | undefined;
  /** Default: the fault's, else the current operation's. */
  readonly operationId?: string | undefined;
  /** Default: none. */
  readonly performance?: LogPerformance | undefined;
}

/**
 * Writes the entries of one module. No method throws, waits or rejects, whatever it is given, and whatever becomes of the
 * disk: what cannot be written is counted.
 */
export interface Logger {
  readonly module: string;
  /** Whether entries of this level are written at all. Ask before something costly is put together. */
  isEnabled(level: SeverityName): boolean;
  log(level: SeverityName, message: string, details?: LogDetails): void;
  debug(message: string, details?: LogDetails): void;
  info(message: string, details?: LogDetails): void;
  warning(message: string, details?: LogDetails): void;
  error(message: string, details?: LogDetails): void;
  critical(message: string, details?: LogDetails): void;
  /** A fault at the level of its severity, with its code, context, operation and, where wanted, its stack. */
  logError(fault: Fault, details?: LogDetails): void;
  /**
   * How long an operation took: at INFO from the threshold of the configuration on, at DEBUG below it. The figures are
   * in `performance` and in the context.
   */
  logPerformance(operation: string, durationMs: number, details?: LogDetails): void;
  /** The logger of a part: its module is `<module>/<part>`, and its context is added to every entry. */
  child(part: string, context?: Readonly<Record<string, unknown>>): Logger;
}
