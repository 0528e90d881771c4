import { Fault, headOf, type SeverityName, type Signal, type SignalType } from '@sustain/kernel';
import type { LogPerformance } from './log-entry.ts';

/** What becomes of a signal in the log: null where nothing does. */
export interface SignalLine {
  readonly level: SeverityName;
  /** One plain sentence. With a `fault` and without a message, it is the fault that is logged. */
  readonly message?: string;
  readonly fault?: Fault | undefined;
  /** What was thrown, of signals that tell of an error that is no fault. */
  readonly error?: unknown;
  readonly performance?: LogPerformance | undefined;
  readonly context?: Readonly<Record<string, unknown>> | undefined;
}

export type DescribeSignal = (signal: Signal<never>) => SignalLine | null;

/** One entry of a table of what is said of signals, by type. */
export function line<Data>(
  { type }: SignalType<Data>,
  describe: (signal: Signal<Data>) => SignalLine | null,
): Record<string, DescribeSignal> {
  return { [type]: describe as DescribeSignal };
}

export function info(message: string, context?: Readonly<Record<string, unknown>>): SignalLine {
  return { level: 'INFO', message, context };
}

export function debug(message: string, context?: Readonly<Record<string, unknown>>): SignalLine {
  return { level: 'DEBUG', message, context };
}

export function ms(durationMs: number): string {
  return durationMs < 10_000 ? `${Math.round(durationMs)} ms` : `${Math.round(durationMs / 1000)} s`;
}

/** The same of what may have failed without an error. */
export function failing(error: unknown): string {
  return error === undefined ? 'its result was not accepted' : saying(error);
}

/** What an error says of itself, in a line. */
export function saying(error: unknown): string {
  if (error instanceof Fault) return `${error.code}: ${error.message}`;
  const { name, message } = headOf(error);
  return `${name}: ${message}`;
}
