import { checkOptions, WAIT } from '@sustain/kernel/options';
import type { LogEntry } from '../log-entry.ts';

export interface TimelineEntry {
  readonly entry: LogEntry;
  /** Whether it is of the operation, and not only near it in time. */
  readonly isOwn: boolean;
  /** Since the first entry of the operation; negative before it. */
  readonly offsetMs: number;
}

export interface TimelineOptions {
  /** How far from an entry of the operation others are its neighbours. 0 or more. Default 5000. */
  readonly aroundMs?: number | undefined;
}

/**
 * The entries of an operation, and those of its neighbourhood, out of entries in the order of time. Of what
 * comes before an entry of the operation, at least the last 10,000 are kept. Throws a RangeError or TypeError when an option is out
 * of range.
 */
export function timelineOf(
  entries: AsyncIterable<LogEntry> | Iterable<LogEntry>,
  operationId: string,
  options: TimelineOptions = {},
): AsyncGenerator<TimelineEntry, void, undefined> {
  const { aroundMs = 5000 } = options;
  checkOptions('timeline', { aroundMs: [aroundMs, WAIT] });
  return timeline(entries, operationId, aroundMs);
}

async function* timeline(
  entries: AsyncIterable<LogEntry> | Iterable<LogEntry>,
  operationId: string,
  aroundMs: number,
): AsyncGenerator<TimelineEntry, void, undefined> {
  let before: LogEntry[] = [];
  let firstMs: number | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;
  for await (const entry of entries) {
    const timeMs = Date.parse(entry.timestamp);
    if (entry.operationId === operationId) {
      firstMs ??= timeMs;
      lastMs = timeMs;
      for (const neighbour of before) {
        const neighbourMs = Date.parse(neighbour.timestamp);
        if (timeMs - neighbourMs > aroundMs) continue;
        yield { entry: neighbour, isOwn: false, offsetMs: neighbourMs - firstMs };
      }
      before = [];
      yield { entry, isOwn: true, offsetMs: timeMs - firstMs };
    } else if (firstMs !== undefined && timeMs - lastMs <= aroundMs) {
      yield { entry, isOwn: false, offsetMs: timeMs - firstMs };
    } else {
      before.push(entry);
      if (before.length >= 2 * MAX_BEFORE) before = before.slice(-MAX_BEFORE);
    }
  }
}

const MAX_BEFORE = 10_000;
