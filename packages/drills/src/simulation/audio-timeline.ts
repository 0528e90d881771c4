import type { Simulation } from './simulation.ts';

/** Something that is heard from `startMs` until before `endMs`. */
export interface AudioInterval {
  readonly kind: string;
  readonly startMs: number;
  /** Infinity while it is not known. */
  readonly endMs: number;
}

export interface Playing {
  /** It is heard no longer. Harmless when it is over. */
  stop(): void;
}

/** What a listener hears: intervals stand for samples. The measures are of all the time until now. */
export interface AudioTimeline {
  /** Has `kind` be heard from now on, for `durationMs` unless it is stopped. Default: until it is stopped. */
  play(kind: string, durationMs?: number): Playing;
  /** In the order of their start. */
  readonly intervals: readonly AudioInterval[];
  /** What is heard now. */
  readonly hearing: readonly string[];
  /** The longest time in which nothing was heard, also before the first interval and after the last. */
  readonly silenceMs: number;
  /** The longest time between two intervals in which nothing was heard. */
  readonly gapMs: number;
  /** The longest time in which more than one was heard at once. */
  readonly overlapMs: number;
}

export function audioTimeline(
  simulation: Simulation,
  listener: string,
  now: () => number = () => simulation.nowMs,
): AudioTimeline {
  const intervals: MutableInterval[] = [];
  const active = new Set<MutableInterval>();
  let seenMs = now();
  let quietSinceMs: number | undefined = seenMs;
  let overlapSinceMs: number | undefined;
  let silenceMs = 0;
  let gapMs = 0;
  let overlapMs = 0;

  return {
    play(kind, durationMs = Number.POSITIVE_INFINITY) {
      look();
      const startMs = seenMs;
      const interval: MutableInterval = { kind, startMs, endMs: startMs + durationMs };
      if (quietSinceMs !== undefined && intervals.length > 0) gapMs = Math.max(gapMs, startMs - quietSinceMs);
      intervals.push(interval);
      active.add(interval);
      count(startMs);
      simulation.note(`${listener} hears ${kind}`);
      return {
        stop() {
          look();
          if (!active.delete(interval)) return;
          interval.endMs = seenMs;
          count(seenMs);
          simulation.note(`${listener} no longer hears ${kind}`);
        },
      };
    },
    intervals,
    get hearing() {
      look();
      return [...active].map(({ kind }) => kind);
    },
    get silenceMs() {
      look();
      return Math.max(silenceMs, seenMs - (quietSinceMs ?? seenMs));
    },
    get gapMs() {
      return gapMs;
    },
    get overlapMs() {
      look();
      return Math.max(overlapMs, seenMs - (overlapSinceMs ?? seenMs));
    },
  };

  /** What has ended by itself since the last look. Nothing begins without a look. */
  function look(): void {
    const nowMs = now();
    for (;;) {
      let first: MutableInterval | undefined;
      for (const interval of active) if (!first || interval.endMs < first.endMs) first = interval;
      if (!first || first.endMs > nowMs) break;
      active.delete(first);
      count(first.endMs);
    }
    seenMs = nowMs;
  }

  /** At `atMs` there are as many as now. */
  function count(atMs: number): void {
    if (active.size === 0) quietSinceMs ??= atMs;
    else if (quietSinceMs !== undefined) {
      silenceMs = Math.max(silenceMs, atMs - quietSinceMs);
      quietSinceMs = undefined;
    }
    if (active.size > 1) overlapSinceMs ??= atMs;
    else if (overlapSinceMs !== undefined) {
      overlapMs = Math.max(overlapMs, atMs - overlapSinceMs);
      overlapSinceMs = undefined;
    }
  }
}

interface MutableInterval {
  readonly kind: string;
  readonly startMs: number;
  endMs: number;
}
