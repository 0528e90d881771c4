import { SAMPLE_RATE_HZ } from '../composition/index.ts';
import type { PlaybackReport } from './playback-report.ts';

/** What a listener has heard since its last report. */
export interface Heard {
  /** Audio as it was sent. */
  readonly goodMs: number;
  /** Gaps, underruns and concealment. */
  readonly badMs: number;
  readonly underruns: number;
}

/**
 * Whether a listener gets on with what it is sent, by its own reports: one that has reported once, and whose position has
 * stood still for 10 s while audio was sent, hears nothing, whatever its connection says. Who never reports is not judged.
 */
export class PlaybackProgress {
  #last: PlaybackReport | undefined;
  #reportedMs = 0;
  #advancedMs = 0;
  #sentFrames = 0;

  /** A frame was sent. */
  sent(): void {
    this.#sentFrames++;
  }

  /** Takes a report. Answers what was heard since the one before, as far as so much time has passed; undefined for the first. */
  report(report: PlaybackReport, nowMs: number): Heard | undefined {
    const last = this.#last;
    const passedMs = nowMs - this.#reportedMs;
    this.#last = report;
    this.#reportedMs = nowMs;
    if (last === undefined || report.playedSample > last.playedSample) {
      this.#advancedMs = nowMs;
      this.#sentFrames = 0;
    }
    if (last === undefined) return undefined;
    const between = (ms: number) => Math.min(Math.max(ms, 0), passedMs);
    const badMs = between(report.concealedMs - last.concealedMs);
    const advancedMs = ((report.playedSample - last.playedSample) / SAMPLE_RATE_HZ) * 1000;
    const underruns = Math.max(0, report.underruns - last.underruns);
    return { goodMs: Math.min(between(advancedMs), passedMs - badMs), badMs, underruns };
  }

  /** Whether it hears nothing. */
  standsStill(nowMs: number): boolean {
    const isWatched = this.#last !== undefined && this.#sentFrames >= ENOUGH_FRAMES;
    return isWatched && nowMs - this.#advancedMs >= MOST_STANDING_MS;
  }
}

const MOST_STANDING_MS = 10_000;
/** 5 s: without audio nobody gets on. */
const ENOUGH_FRAMES = 125;
