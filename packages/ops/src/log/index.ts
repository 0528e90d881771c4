export { secretNames } from '../secrets/index.ts';
export { createLogging, type Logging } from './create-logging.ts';
export type { DropReason, LogCounts } from './log-counts.ts';
export { logCrashes } from './log-crashes.ts';
export type { LogEntry, LogPerformance } from './log-entry.ts';
export { logFaults } from './log-faults.ts';
export { type LogFileEntry, logFilesOf } from './log-files.ts';
export type {
  ConsoleOutputOptions,
  ConsoleStream,
  EntryLimits,
  ErrorLogOptions,
  FileOutputOptions,
  LoggingOptions,
  PerformanceLogOptions,
  RedactionOptions,
} from './log-options.ts';
export { type LogSignalsOptions, logSignals } from './log-signals.ts';
export type { LogDetails, Logger } from './logger.ts';
export { logOutputLost, logOutputRestored } from './output-signals.ts';
export { defused } from './pretty-line.ts';
export type { DescribeSignal, SignalLine } from './signal-line.ts';
