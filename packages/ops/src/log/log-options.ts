import type { Clock, Random, SeverityName, SignalSink } from '@sustain/kernel';

/** What `createLogging` may be told. Everything has a default: without options it prints to stderr, for people. */
export interface LoggingOptions {
  /** Nothing below it is written anywhere. Default INFO. */
  readonly level?: SeverityName | undefined;
  /** Where entries go. Default: the console. */
  readonly outputs?: readonly (FileOutputOptions | ConsoleOutputOptions)[] | undefined;
  /**
   * A file of ERROR and above alone, whose lines are on their way to the disk when the call returns: they outlive any
   * crash of the process. False: none. Default: `errors.log` beside the first file, if there is one; 50 MB, 90 days.
   */
  readonly errorsFile?: Partial<FileOutputOptions> | false | undefined;
  readonly performance?: PerformanceLogOptions | undefined;
  readonly errors?: ErrorLogOptions | undefined;
  readonly redaction?: RedactionOptions | undefined;
  readonly limits?: EntryLimits | undefined;
  /** Whether the first entry says at which level is logged, and to where. Default false. */
  readonly announce?: boolean | undefined;
  /** Of the run. Default: a new UUID. */
  readonly sessionId?: string | undefined;
  /** Where it is told that an output is lost or restored. Default: nowhere. */
  readonly signals?: SignalSink | undefined;
  /** Default: the host's. */
  readonly clock?: Clock | undefined;
  /** Default: the host's. */
  readonly random?: Random | undefined;
}

/**
 * A file of JSON lines. Its folder is made where it is missing. When several processes are told the same path, the
 * first has it, the second `bot.2.log`, and so on; backups are counted over all of them, and over earlier runs.
 */
export interface FileOutputOptions {
  /** `logs/bot.log`; relative to the working directory at the time of `createLogging`. */
  readonly path: string;
  /** Default: that of the logging; of the file of errors ERROR, and never below. */
  readonly level?: SeverityName | undefined;
  /** Machines read files. */
  readonly format?: 'json' | undefined;
  /** The file is rotated before it gets larger, unless one line alone is. 1024 or more. Default 10 MB (10,000,000). */
  readonly maxSizeBytes?: number | undefined;
  /** The file is rotated when it is this old and another line comes. Above 0. Default: never. */
  readonly rotateEveryMs?: number | undefined;
  /** How many rotated files are kept. 0 keeps none. Default 5 where `retentionDays` is absent, else any number. */
  readonly backupCount?: number | undefined;
  /** How many days a rotated file is kept. Above 0. Default: any number. */
  readonly retentionDays?: number | undefined;
  /** Whether rotated files are compressed with gzip. Default true. */
  readonly compress?: boolean | undefined;
  /**
   * Whether a line is handed to the system before the call returns. Default false: lines are written together, at
   * most `flushEveryMs` later; always true of the file of errors. SIGKILL costs the lines of that time.
   */
  readonly sync?: boolean | undefined;
  /** Above 0. Default 250. */
  readonly flushEveryMs?: number | undefined;
  /** What waits for the disk, at most; what is beyond it is dropped and counted. 65,536 or more. Default 8 MiB. */
  readonly maxBufferBytes?: number | undefined;
  /** How long it waits before it tries a lost disk again: doubling from the first to the most. Default 1000 to 60,000. */
  readonly retry?: { readonly firstMs: number; readonly mostMs: number } | undefined;
}

export interface ConsoleOutputOptions {
  /** For people, or JSON lines for machines. */
  readonly console: 'pretty' | 'json';
  /** Default: that of the logging. */
  readonly level?: SeverityName | undefined;
  /** Where it prints. Default: stderr. */
  readonly stream?: ConsoleStream | undefined;
  /** Whether levels are coloured. Default: on a terminal, unless NO_COLOR is set. */
  readonly colors?: boolean | undefined;
}

/** What a console needs of a stream; those of Node have it. */
export interface ConsoleStream {
  readonly isTTY?: boolean | undefined;
  readonly writableLength?: number | undefined;
  write(text: string): unknown;
  on?(event: 'error', listener: (error: Error) => void): unknown;
}

export interface PerformanceLogOptions {
  /** Whether durations are logged at all. Default true. */
  readonly enabled?: boolean | undefined;
  /** From here on an operation is logged at INFO, below it at DEBUG. 0 or more. Default 1000. */
  readonly thresholdMs?: number | undefined;
}

export interface ErrorLogOptions {
  /** Whether what is known about a fault is written with it. Default true. */
  readonly detailedContext?: boolean | undefined;
  /** Whether stacks are written. Default true. */
  readonly includeStackTrace?: boolean | undefined;
  /**
   * A stack of the same kind of error from the same module is written at most once in this time, save of what is
   * CRITICAL: formatting one takes longer than all else of a line. Entries without one say so. 0: always. Default 1000.
   */
  readonly stackEveryMs?: number | undefined;
}

export interface RedactionOptions {
  /**
   * A value is secret when the name of its key has one of these in it, at any depth, whatever the case and separators:
   * `api-key` means `x_apiKey`, too; of three letters or fewer, at its start or end. Default: `secretNames`; spread them
   * to add yours. Numbers of tokens are none. Secrets within texts
   * (`Bearer …`, `password=…`, credentials in URLs, JWTs) are replaced whatever is said here.
   */
  readonly keys?: readonly string[] | undefined;
  /** Default `[redacted]`. */
  readonly replaceBy?: string | undefined;
}

/** What is longer is cut, with a note. */
export interface EntryLimits {
  /** 16 or more. Default 8192. */
  readonly messageChars?: number | undefined;
  /** Of one text in a context. 16 or more. Default 4096. */
  readonly textChars?: number | undefined;
  /** Of a whole context or error as JSON, about. 64 or more. Default 32,768. */
  readonly contextChars?: number | undefined;
  /** How deep a context is followed. 1 or more. Default 8. */
  readonly depth?: number | undefined;
}
