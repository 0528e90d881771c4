import type { Clock } from '@sustain/kernel';
import { FRAME_MS } from './broadcast.ts';

/** What to do with a frame: send it, send it after a gap, drop it, or send the listener away, and why. */
export type BacklogVerdict = 'send' | 'send after a gap' | 'drop' | 'three seconds wait' | 'third time';

/**
 * How far a listener is behind, and what is done about it. While more than a second waits, whole frames are dropped. When
 * three seconds would wait, those that were dropped included, or when it comes to dropping for the third time in 30 s, the
 * listener is to be sent away. What it got at once when it came may wait besides, until it is through.
 */
export class Backlog {
  readonly #clock: Clock;
  #burstFrames: number;
  #graceMs: number;
  #droppedInARow = 0;
  /** When it came to dropping, the last times. */
  readonly #droppingSinceMs: number[] = [];

  /** `burstFrames` is how many frames come at once at the beginning. */
  constructor(clock: Clock, burstFrames: number) {
    this.#clock = clock;
    this.#burstFrames = burstFrames;
    this.#graceMs = burstFrames * FRAME_MS;
  }

  /** Frames that were dropped since the last one that was sent. */
  get droppedInARow(): number {
    return this.#droppedInARow;
  }

  /** Judges the next frame. `waitingMs` is how much audio waits for the listener, beside what the system holds. */
  judge(waitingMs: number): BacklogVerdict {
    if (this.#burstFrames > 0) {
      this.#burstFrames--;
      return 'send';
    }
    if (waitingMs <= MOST_WAITING_MS) this.#graceMs = 0;
    // Who was dropped for goes on when it has caught up a good deal: one disturbance is one gap, and not a row of them.
    const mostMs = this.#droppedInARow === 0 ? MOST_WAITING_MS : GOES_ON_MS;
    if (waitingMs <= mostMs + this.#graceMs) {
      const verdict = this.#droppedInARow === 0 ? 'send' : 'send after a gap';
      this.#droppedInARow = 0;
      return verdict;
    }
    this.#droppedInARow++;
    if (this.#droppedInARow === 1 && this.#isThirdTime()) return 'third time';
    const behindMs = waitingMs + this.#droppedInARow * FRAME_MS;
    return behindMs > MOST_BEHIND_MS + this.#graceMs ? 'three seconds wait' : 'drop';
  }

  /** Forgets what was dropped: it has been told. */
  forget(): void {
    this.#droppedInARow = 0;
  }

  #isThirdTime(): boolean {
    const nowMs = this.#clock.monotonicMs();
    const times = this.#droppingSinceMs;
    times.push(nowMs);
    if (times.length > MOST_TIMES) times.shift();
    return times.length === MOST_TIMES && nowMs - (times[0] as number) <= TIMES_WITHIN_MS;
  }
}

const MOST_WAITING_MS = 1000;
const GOES_ON_MS = 500;
const MOST_BEHIND_MS = 3000;
const MOST_TIMES = 3;
const TIMES_WITHIN_MS = 30_000;
