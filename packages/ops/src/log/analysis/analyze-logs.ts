import { type SeverityName, severity } from '@sustain/kernel';
import { checkOptions, WAIT } from '@sustain/kernel/options';
import type { LogEntry } from '../log-entry.ts';
import { BoundedMap } from './bounded-map.ts';
import type { FaultSummary, LogAnalysis } from './log-analysis.ts';
import { OperationHistogram } from './operation-times.ts';
import { TimeBuckets } from './time-buckets.ts';
import { trendOf } from './trend.ts';

export interface AnalyzeLogsOptions {
  /** From this time on an operation is slow. 0 or more. Default 1000. */
  readonly slowMs?: number | undefined;
}

/**
 * Looks at entries, which come in the order of time, one by one or in batches, once and in constant memory: at most 5000
 * faults, 1000 operations, 1000 modules and 1000 sessions are told apart. Rejects with a RangeError or TypeError when an
 * option is out of range, and with what the entries reject with.
 */
export async function analyzeLogs(
  entries: AsyncIterable<LogEntry | readonly LogEntry[]> | Iterable<LogEntry | readonly LogEntry[]>,
  options: AnalyzeLogsOptions = {},
): Promise<LogAnalysis> {
  const { slowMs = 1000 } = options;
  checkOptions('analysis', { slowMs: [slowMs, WAIT] });
  const analyzer = new Analyzer(slowMs);
  for await (const next of entries) {
    if (isBatch(next)) for (const entry of next) analyzer.add(entry);
    else analyzer.add(next);
  }
  return analyzer.analysis();
}

interface FaultSoFar {
  readonly errorCode: string | undefined;
  readonly module: string;
  readonly buckets: TimeBuckets;
  readonly firstAt: string;
  level: SeverityName;
  count: number;
  lastAt: string;
  lastMessage: string;
  lastOperationId: string | undefined;
}

interface WriterSoFar {
  readonly firstAt: string;
  lastAt: string;
  entries: number;
  errors: number;
}

class Analyzer {
  readonly #slowMs: number;
  readonly #levels: Record<SeverityName, number> = { DEBUG: 0, INFO: 0, WARNING: 0, ERROR: 0, CRITICAL: 0 };
  readonly #faults = new BoundedMap<FaultSoFar>(5000);
  readonly #operations = new BoundedMap<OperationHistogram>(1000);
  readonly #modules = new BoundedMap<WriterSoFar>(1000);
  readonly #sessions = new BoundedMap<WriterSoFar>(1000);
  #entries = 0;
  #from = '';
  #to = '';
  #fromMs = 0;

  constructor(slowMs: number) {
    this.#slowMs = slowMs;
  }

  add(entry: LogEntry): void {
    const { timestamp, level, module, sessionId, performance } = entry;
    if (this.#entries === 0) {
      this.#from = timestamp;
      this.#to = timestamp;
      this.#fromMs = Date.parse(timestamp);
    }
    this.#entries++;
    if (timestamp > this.#to) this.#to = timestamp;
    this.#levels[level]++;
    count(this.#modules, module, entry);
    if (sessionId !== undefined) count(this.#sessions, sessionId, entry);
    if (severity[level] >= severity.WARNING) this.#addFault(entry);
    if (performance !== undefined && performance.durationMs >= 0) {
      this.#operations
        .getOrAdd(performance.operation, () => new OperationHistogram(this.#slowMs))
        ?.record(performance.durationMs);
    }
  }

  #addFault(entry: LogEntry): void {
    const { errorCode, module, level, message, timestamp, operationId } = entry;
    const times = occurrences(entry);
    const fault = this.#faults.getOrAdd(JSON.stringify([errorCode, module]), () => ({
      errorCode,
      module,
      buckets: new TimeBuckets(this.#fromMs),
      firstAt: timestamp,
      level,
      count: 0,
      lastAt: timestamp,
      lastMessage: message,
      lastOperationId: undefined,
    }));
    if (fault === undefined) return;
    fault.count += times;
    fault.lastAt = timestamp;
    if (times === 1) fault.lastMessage = message;
    fault.lastOperationId = operationId ?? fault.lastOperationId;
    if (severity[level] > severity[fault.level]) fault.level = level;
    fault.buckets.add(Date.parse(timestamp), times);
  }

  analysis(): LogAnalysis {
    const toMs = this.#entries === 0 ? 0 : Date.parse(this.#to);
    const minutes = (toMs - this.#fromMs) / 60_000;
    const middleMs = new TimeBuckets(this.#fromMs).middleMs(toMs);
    const secondShare = minutes === 0 ? 0 : (toMs - middleMs) / (toMs - this.#fromMs);
    const writers = (map: BoundedMap<WriterSoFar>) => map.entries().map(([name, so]) => ({ name, ...so }));
    return {
      entries: this.#entries,
      ...(this.#entries > 0 && { from: this.#from, to: this.#to }),
      ...(minutes > 0 && { middle: new Date(middleMs).toISOString() }),
      perMinute: rate(this.#entries, minutes),
      levels: { ...this.#levels },
      faults: this.#faults
        .entries()
        .map(([, fault]) => faultSummary(fault, minutes, middleMs, toMs, secondShare))
        .sort((a, b) => b.count - a.count),
      operations: this.#operations
        .entries()
        .map(([operation, histogram]) => histogram.times(operation))
        .sort((a, b) => b.slow - a.slow || b.maxMs - a.maxMs),
      modules: writers(this.#modules)
        .map(({ name, entries, errors }) => ({ module: name, entries, errors }))
        .sort((a, b) => b.entries - a.entries),
      sessions: writers(this.#sessions)
        .map(({ name, firstAt, lastAt, entries, errors }) => ({
          sessionId: name,
          from: firstAt,
          to: lastAt,
          entries,
          errors,
        }))
        .sort((a, b) => (a.from < b.from ? 1 : -1)),
      leftOut: {
        faults: this.#faults.leftOut,
        operations: this.#operations.leftOut,
        modules: this.#modules.leftOut,
        sessions: this.#sessions.leftOut,
      },
    };
  }
}

/**
 * `logSignals` writes only some of many alike, and then how many it left out: `… and 812 more like this: fault.raised
 * DEVICE_LOST`. They happened all the same.
 */
function occurrences({ errorCode, context }: LogEntry): number {
  const leftOut = context?.['leftOut'];
  return errorCode !== undefined && typeof leftOut === 'number' && leftOut >= 1 ? leftOut : 1;
}

function faultSummary(
  fault: FaultSoFar,
  minutes: number,
  middleMs: number,
  toMs: number,
  secondShare: number,
): FaultSummary {
  const { errorCode, module, level, firstAt, lastAt, lastMessage, lastOperationId } = fault;
  return {
    ...(errorCode !== undefined && { errorCode }),
    module,
    level,
    count: fault.count,
    perMinute: rate(fault.count, minutes),
    trend: trendOf(...fault.buckets.halves(middleMs, toMs), secondShare),
    firstAt,
    lastAt,
    lastMessage,
    ...(lastOperationId !== undefined && { lastOperationId }),
  };
}

function count(writers: BoundedMap<WriterSoFar>, name: string, { timestamp, level }: LogEntry): void {
  const fresh = () => ({ firstAt: timestamp, lastAt: timestamp, entries: 0, errors: 0 });
  const writer = writers.getOrAdd(name, fresh);
  if (writer === undefined) return;
  writer.entries++;
  writer.lastAt = timestamp;
  if (severity[level] >= severity.ERROR) writer.errors++;
}

/** A minute; 0 when all was at one time, and there is no rate to tell. */
function rate(events: number, minutes: number): number {
  return minutes === 0 ? 0 : events / minutes;
}

function isBatch(next: LogEntry | readonly LogEntry[]): next is readonly LogEntry[] {
  return Array.isArray(next);
}
