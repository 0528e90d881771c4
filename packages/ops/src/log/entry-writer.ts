import { type Clock, type Severity, type SeverityName, severity, severityName } from '@sustain/kernel';
import { pino } from 'pino';
import type { MutableLogCounts } from './log-counts.ts';

/** Where entries go. */
export interface LogOutput {
  /** Entries below it are not for this one. */
  readonly least: Severity;
  /** Whether it reads the line, or only the parts of the entry. */
  readonly readsLine: boolean;
  /** Never throws. The parts are those of the next entry afterwards. Answers whether it got to where it should. */
  write(line: string, entry: EntryParts): boolean;
  /** Resolves when all that was written is with the system and, of files, on the disk. Never rejects. */
  flush(): Promise<void>;
  flushSync(): void;
  close(): Promise<void>;
}

/** An entry in parts, for outputs that people read. */
export interface EntryParts {
  timestamp: string;
  level: SeverityName;
  module: string;
  message: string;
  errorCode: string | undefined;
  /** The members of its context as JSON; empty where there are none. */
  context: string;
}

/** What writes the entries of one module. */
export type ModuleWriter = Readonly<Record<PinoLevel, (message: string) => void>>;

/** Pino takes lower-case names only. */
type PinoLevel = Lowercase<SeverityName>;

/** Makes lines of entries, and hands them to the outputs. */
export class EntryWriter {
  /** The lowest level that any output takes; above all levels when there is none. */
  readonly least: number;
  readonly #outputs: readonly LogOutput[];
  readonly #instead: LogOutput | undefined;
  readonly #clock: Clock;
  readonly #counts: MutableLogCounts;
  readonly #pino: pino.Logger<PinoLevel>;
  readonly #leastLine: number;
  readonly #entry: EntryParts = {
    timestamp: '',
    level: 'INFO',
    module: '',
    message: '',
    errorCode: undefined,
    context: '',
  };
  #rank: number = severity.INFO;
  #members = '';
  #second = Number.NaN;
  #untilSecond = '';
  #isClosed = false;

  /** `instead` gets what an output could not take. */
  constructor(
    outputs: readonly LogOutput[],
    instead: LogOutput | undefined,
    sessionId: string,
    clock: Clock,
    counts: MutableLogCounts,
  ) {
    this.#outputs = outputs;
    this.#instead = instead;
    this.#clock = clock;
    this.#counts = counts;
    this.least = Math.min(NONE, ...outputs.map(({ least }) => least));
    this.#leastLine = Math.min(NONE, ...outputs.filter((one) => one.readsLine).map(({ least }) => least));
    this.#pino = pino(
      {
        base: { sessionId },
        customLevels: pinoLevels,
        useOnlyCustomLevels: true,
        level: 'debug',
        messageKey: 'message',
        formatters: { level: (_name, rank) => ({ level: severityName(rank as Severity) }) },
        // Pino takes it as a piece of JSON: the one place for members that are JSON already.
        timestamp: () => `,"timestamp":"${this.#entry.timestamp}"${this.#members}`,
      },
      { write: (line: string) => this.#hand(line) },
    );
  }

  forModule(module: string): ModuleWriter {
    return this.#pino.child({ module }) as unknown as ModuleWriter;
  }

  /** `members` are members of the line besides those that all have, as JSON with a comma before each. */
  write(
    writer: ModuleWriter,
    level: SeverityName,
    module: string,
    message: string,
    members: string,
    errorCode: string | undefined,
    context: string,
  ): void {
    if (this.#isClosed) {
      this.#counts.dropped.closed++;
      return;
    }
    this.#counts.entries++;
    const entry = this.#entry;
    entry.timestamp = this.#timestamp();
    entry.level = level;
    entry.module = module;
    entry.message = message;
    entry.errorCode = errorCode;
    entry.context = context;
    this.#rank = severity[level];
    this.#members = members;
    if (this.#rank >= this.#leastLine) writer[lowerCase[level]](message);
    else this.#hand('');
  }

  close(): void {
    this.#isClosed = true;
  }

  #hand(line: string): void {
    let isLost = false;
    for (const output of this.#outputs) {
      if (this.#rank >= output.least && !output.write(line, this.#entry)) isLost = true;
    }
    if (isLost) this.#instead?.write(line, this.#entry);
  }

  /** Like Date.toISOString, which takes three times as long as pino for a whole line when it is called for each. */
  #timestamp(): string {
    const wallMs = Math.floor(this.#clock.wallMs());
    const second = Math.floor(wallMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#untilSecond = new Date(second * 1000).toISOString().slice(0, 20);
    }
    const ms = wallMs - second * 1000;
    return `${this.#untilSecond}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`;
  }
}

const lowerCase = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warning',
  ERROR: 'error',
  CRITICAL: 'critical',
} as const;
const pinoLevels: Readonly<Record<PinoLevel, number>> = {
  debug: severity.DEBUG,
  info: severity.INFO,
  warning: severity.WARNING,
  error: severity.ERROR,
  critical: severity.CRITICAL,
};
const NONE: number = severity.CRITICAL + 1;
