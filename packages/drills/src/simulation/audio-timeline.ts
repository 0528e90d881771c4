import { checkOption } from '@sustain/kernel/options';
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
  /** Has `kind` be heard from now on, for `durationMs` (above 0) unless it is stopped. Default: until it is stopped. */
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

export function audioTimeline(simulation: Simulation, listener: string): AudioTimeline {
  const intervals: MutableInterval[] = [];
  const active = new Set<MutableInterval>();
  let seenMs = simulation.nowMs;
  let hasHeard = false;
  let quietSinceMs: number | undefined = seenMs;
  let overlapSinceMs: number | undefined;
  const longest = { silenceMs: 0, gapMs: 0, overlapMs: 0 };

  return {
    play(kind, durationMs = Number.POSITIVE_INFINITY) {
      checkOption('durationMs', durationMs, { least: 0, above: true });
      look();
      const interval: MutableInterval = { kind, startMs: seenMs, endMs: seenMs + durationMs };
      intervals.push(interval);
      active.add(interval);
      simulation.note(`${listener} hears ${kind}`);
      return {
        stop() {
          look();
          if (!active.delete(interval)) return;
          interval.endMs = seenMs;
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
      return Math.max(longest.silenceMs, seenMs - (quietSinceMs ?? seenMs));
    },
    get gapMs() {
      look();
      const isOver = hasHeard && active.size > 0;
      return Math.max(longest.gapMs, isOver ? seenMs - (quietSinceMs ?? seenMs) : 0);
    },
    get overlapMs() {
      look();
      return Math.max(longest.overlapMs, seenMs - (overlapSinceMs ?? seenMs));
    },
  };

  /** Counts what was heard since the last look: what began and ended at one time was not. Nothing begins without a look. */
  function look(): void {
    const { nowMs } = simulation;
    if (nowMs === seenMs) return;
    count(seenMs);
    for (;;) {
      let first: MutableInterval | undefined;
      for (const interval of active) if (!first || interval.endMs < first.endMs) first = interval;
      if (!first || first.endMs > nowMs) break;
      active.delete(first);
      if (first.endMs < nowMs) count(first.endMs);
    }
    seenMs = nowMs;
  }

  /** From `atMs` on, as many are heard as are active. */
  function count(atMs: number): void {
    if (active.size === 0) quietSinceMs ??= atMs;
    else if (quietSinceMs !== undefined) {
      const quietMs = atMs - quietSinceMs;
      longest.silenceMs = Math.max(longest.silenceMs, quietMs);
      if (hasHeard) longest.gapMs = Math.max(longest.gapMs, quietMs);
      quietSinceMs = undefined;
    }
    hasHeard ||= active.size > 0;
    if (active.size > 1) overlapSinceMs ??= atMs;
    else if (overlapSinceMs !== undefined) {
      longest.overlapMs = Math.max(longest.overlapMs, atMs - overlapSinceMs);
      overlapSinceMs = undefined;
    }
  }
}

interface MutableInterval {
  readonly kind: string;
  readonly startMs: number;
  endMs: number;
}
