import { dirname, join } from 'node:path';
import { noSignals, type SeverityName, severity, systemClock, systemRandom } from '@sustain/kernel';
import { checkOptions, TEXT, WAIT } from '@sustain/kernel/options';
import { REDACTED, secretNames } from '../secrets/index.ts';
import { ConsoleOutput, emergencyConsole } from './console-output.ts';
import { EntryEncoder } from './entry-encoder.ts';
import { EntryWriter, type LogOutput } from './entry-writer.ts';
import { FileOutput } from './file-output.ts';
import { fileSettings } from './file-settings.ts';
import type { FileWatcher } from './file-state.ts';
import { flushAtExit } from './flush-at-exit.ts';
import { type LogCounts, newLogCounts } from './log-counts.ts';
import type { ConsoleOutputOptions, FileOutputOptions, LoggingOptions } from './log-options.ts';
import type { Logger } from './logger.ts';
import { logOutputLost, logOutputRestored } from './output-signals.ts';
import { Redaction } from './redaction.ts';
import { newSessionId } from './session-id.ts';
import { StackPace } from './stack-pace.ts';
import { type LoggerSetting, StructuredLogger } from './structured-logger.ts';

/** All that is logged in a process, or in a part of one. */
export interface Logging extends AsyncDisposable {
  /** In every entry: the UUID of the run. */
  readonly sessionId: string;
  /** Kept up to date. */
  readonly counts: LogCounts;
  /** The logger of a module, `auralis/synthesis`; its context is part of each of its entries. */
  logger(module: string, context?: Readonly<Record<string, unknown>>): Logger;
  /** Resolves when all that was logged before is on the disk, or waits for one that is full. Never rejects. */
  flush(): Promise<void>;
  /** The same of the system's memory, which outlives the process, for the last moments of one. Never throws. */
  flushSync(): void;
  /** Flushes and closes the outputs; what is logged afterwards is counted as dropped. Again: the same. Never rejects. */
  close(): Promise<void>;
}

/**
 * Opens the outputs and answers where to log to. Throws a RangeError or TypeError when an option is out of range; a
 * disk that cannot be written is no reason to throw: entries go to the console until it can.
 *
 * Files are flushed when the process exits. It holds no process open.
 *
 * @example
 * await using logging = createLogging({ outputs: [{ path: 'logs/bot.log' }, { console: 'pretty' }] });
 * logging.logger('auralis').info('phrase ready', { context: { phrase: 7 } });
 */
export function createLogging(options: LoggingOptions = {}): Logging {
  const { level = 'INFO', outputs = [{ console: 'pretty' }] } = options;
  const { clock = systemClock, random = systemRandom, signals = noSignals } = options;
  const { sessionId = newSessionId(random) } = options;
  const { enabled = true, thresholdMs = 1000 } = options.performance ?? {};
  const { detailedContext = true, includeStackTrace = true, stackEveryMs = 1000 } = options.errors ?? {};
  const { keys = secretNames, replaceBy = REDACTED } = options.redaction ?? {};
  const { messageChars = 8192, textChars = 4096, contextChars = 32_768, depth = 8 } = options.limits ?? {};
  checkOptions('logging', {
    level: [level, LEVELS],
    sessionId: [sessionId, TEXT],
    'performance.thresholdMs': [thresholdMs, WAIT],
    'errors.stackEveryMs': [stackEveryMs, WAIT],
    'redaction.replaceBy': [replaceBy, TEXT],
    'limits.messageChars': [messageChars, { least: 16, whole: true }],
    'limits.textChars': [textChars, { least: 16, whole: true }],
    'limits.contextChars': [contextChars, { least: 64, whole: true }],
    'limits.depth': [depth, { least: 1, most: 64, whole: true }],
  });
  const counts = newLogCounts();
  /** Told when all that has been written just now is out: what they say is an entry, too. */
  const watcher: FileWatcher = {
    lost(path, fault) {
      queueMicrotask(() => {
        log.logError(fault);
        signals.channel(logOutputLost).emit({ path, fault }, { source: MODULE });
      });
    },
    restored(path, downMs, droppedLines) {
      queueMicrotask(() => {
        const seconds = Math.round(downMs / 1000);
        const told = `${path} is written again after ${seconds} s; ${droppedLines} lines of that time are not in it`;
        log.warning(told, { context: { path, downMs, droppedLines } });
        signals.channel(logOutputRestored).emit({ path, downMs, droppedLines }, { source: MODULE });
      });
    },
    overflowed(path, droppedLines) {
      queueMicrotask(() => {
        const told = `${path} was too slow for all that came: ${droppedLines} lines are not in it`;
        log.warning(told, { context: { path, droppedLines } });
      });
    },
  };
  const files: FileOutput[] = [];
  const consoles: ConsoleOutput[] = [];
  // All are checked before the first is opened.
  const open = planned(outputs, options.errorsFile, level).map((one) => {
    if (!('path' in one)) {
      checkOptions('console', { console: [one.console, ['pretty', 'json']] });
      return () => consoles.push(new ConsoleOutput(one, leastOf(one.level, level), counts));
    }
    const settings = fileSettings(one);
    const least = leastOf(one.level, level);
    return () => files.push(new FileOutput(settings, least, clock, counts, watcher));
  });
  for (const openOne of open) openOne();

  // Those that are synchronous last: the line of an error is in the general log's memory before it is on the disk.
  const all: readonly LogOutput[] = [...consoles, ...files];
  const instead = consoles.length === 0 && files.length > 0 ? emergencyConsole(counts) : undefined;
  const writer = new EntryWriter(all, instead, sessionId, clock, counts);
  const redaction = new Redaction(keys, replaceBy, counts);
  const encoder = new EntryEncoder({ messageChars, textChars, contextChars, depth }, redaction, counts);
  const setting: LoggerSetting = {
    writer,
    encoder,
    stacks: new StackPace(stackEveryMs, clock),
    performance: { enabled, thresholdMs },
    errors: { detailedContext, includeStackTrace },
  };
  const log = new StructuredLogger(MODULE, undefined, setting);
  if (options.announce) {
    log.info(`logging at level ${level}`, {
      context: { level, outputs: outputs.map((one) => ('path' in one ? one.path : one.console)) },
    });
  }
  const flushSync = () => {
    for (const output of all) output.flushSync();
  };
  const keepAtExit = files.length > 0 ? flushAtExit(flushSync) : () => undefined;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      await Promise.resolve(); // What is told of the outputs just now is still written.
      writer.close();
      await Promise.all([...all, ...(instead ? [instead] : [])].map((output) => output.close()));
      keepAtExit();
    })();
    return closing;
  };
  return {
    sessionId,
    counts,
    logger: (module, context) => new StructuredLogger(module, context, setting),
    flush: async () => {
      await Promise.all(all.map((output) => output.flush()));
    },
    flushSync,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const MODULE = 'log';
const LEVELS = Object.keys(severity);
const ERRORS_FILE = { maxSizeBytes: 50_000_000, retentionDays: 90 };

/** With the file of errors. */
function planned(
  outputs: readonly (FileOutputOptions | ConsoleOutputOptions)[],
  errorsFile: LoggingOptions['errorsFile'],
  level: SeverityName,
): readonly (FileOutputOptions | ConsoleOutputOptions)[] {
  for (const { level: own = level } of outputs) checkOptions('log output', { level: [own, LEVELS] });
  const first = outputs.find((output) => 'path' in output);
  if (errorsFile === false || (errorsFile?.path === undefined && first === undefined)) return outputs;
  const path = errorsFile?.path ?? join(dirname(first?.path ?? ''), 'errors.log');
  const least = leastName(errorsFile?.level ?? 'ERROR', 'ERROR');
  return [...outputs, { ...ERRORS_FILE, ...errorsFile, path, level: least, sync: true }];
}

function leastOf(own: SeverityName | undefined, level: SeverityName) {
  return severity[leastName(own ?? level, level)];
}

function leastName(one: SeverityName, other: SeverityName): SeverityName {
  return severity[one] > severity[other] ? one : other;
}
