import {
  type Clock,
  Fault,
  type Signal,
  type Signals,
  severity,
  severityName,
  systemClock,
} from '@sustain/kernel';
import { COUNT, checkOptions, POSITIVE } from '@sustain/kernel/options';
import type { Logging } from './create-logging.ts';
import { flushAtExit } from './flush-at-exit.ts';
import { kernelSignalLines } from './kernel-signal-lines.ts';
import { LikePace } from './like-pace.ts';
import type { Logger } from './logger.ts';
import { opsSignalLines } from './ops-signal-lines.ts';
import { otherSignalLines } from './other-signal-lines.ts';
import type { DescribeSignal, SignalLine } from './signal-line.ts';

export interface LogSignalsOptions {
  /**
   * So many lines of one type, source and level, and of one fault, are written in a window; the rest is counted, and
   * told at that level when the window, or the process, ends: "… and 812 more like this". A whole number, 1 or more. Default 10.
   */
  readonly mostAlike?: number;
  /** Above 0. Default 10,000. */
  readonly windowMs?: number;
  /** By type: what to say of signals of your own, or otherwise of ours. Default: none. */
  readonly lines?: Readonly<Record<string, DescribeSignal>>;
  /** Default: the host's. */
  readonly clock?: Clock;
}

/**
 * Logs what is told on the bus: a line each of faults, recoveries, retries, breakers, features, quality, supervision,
 * stores, leases, jobs, health and the server. What is not known is a line at DEBUG, or at the level of the fault that it
 * carries. The module is the signal's source. Answers the way to stop, which tells what has been left out.
 */
export function logSignals(signals: Signals, logging: Logging, options: LogSignalsOptions = {}): () => void {
  const { mostAlike = 10, windowMs = 10_000, lines = {}, clock = systemClock } = options;
  checkOptions('signal log', { mostAlike: [mostAlike, COUNT], windowMs: [windowMs, POSITIVE] });
  const describe = new Map(
    Object.entries({
      ...kernelSignalLines,
      ...otherSignalLines,
      ...opsSignalLines,
      ...lines,
    }),
  );
  const loggers = new Map<string, Logger>();
  const loggerOf = (source: string) => {
    let logger = loggers.get(source);
    if (logger === undefined) {
      if (loggers.size >= MOST_LOGGERS) loggers.clear();
      logger = logging.logger(source);
      loggers.set(source, logger);
    }
    return logger;
  };
  const pace = new LikePace(mostAlike, windowMs, clock, ({ source, level, type, code }, leftOut) => {
    const message = `… and ${leftOut} more like this: ${type}${code === undefined ? '' : ` ${code}`}`;
    loggerOf(source).log(level, message, { errorCode: code, context: { leftOut } });
  });
  const keepAtExit = flushAtExit(() => pace.end());
  const stop = signals.onAny((signal) => {
    const { type, source, operationId } = signal;
    const line = read(signal, describe.get(type));
    if (line === null) return;
    const logger = loggerOf(source);
    const { level, fault, error, context, performance } = line;
    if (!logger.isEnabled(level)) return;
    if (!pace.admits({ source, level, type, code: fault?.code })) return;
    if (line.message === undefined && fault !== undefined) logger.logError(fault, { context, operationId });
    else
      logger.log(level, line.message ?? type, { context, error: fault ?? error, operationId, performance });
  });
  return () => {
    stop();
    keepAtExit();
    pace.end();
  };
}

const MOST_LOGGERS = 500;

/** What is not made as its type says is told as what nobody knows. */
function read(signal: Signal, describe: DescribeSignal = describeUnknown): SignalLine | null {
  try {
    return describe(signal as Signal<never>);
  } catch {
    return describeUnknown(signal);
  }
}

function describeUnknown({ type, data }: Signal): SignalLine {
  const { fault } = Object(data) as { readonly fault?: unknown };
  if (fault instanceof Fault && fault.severity >= severity.WARNING) {
    return { level: severityName(fault.severity), message: `${type}: ${fault.message}`, fault };
  }
  return { level: 'DEBUG', message: type, context: { data } };
}
