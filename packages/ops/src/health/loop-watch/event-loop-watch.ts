import { type Clock, defineSignal, noSignals, type SignalSink, systemClock } from '@sustain/kernel';
import { checkOptions, POSITIVE } from '@sustain/kernel/options';
import { LoopDelays, type LoopFigures } from './loop-delays.ts';
import { watchThread } from './watch-thread.ts';

export interface EventLoopWatchOptions {
  /** How long a frame of audio is: a delay that long makes one late. Milliseconds, above 0. Default 20. */
  readonly frameMs?: number;
  /** From which delay on the loop is called blocked. Milliseconds, above 0. Default 250. */
  readonly blockedMs?: number;
  /**
   * Where the thread writes a line of JSON while the loop is blocked, each synchronously; one that stays open. `none`: it
   * only watches. Default 2, the error output.
   */
  readonly fd?: number | 'none';
  /** Added to each line: the log's `sessionId`. Default: nothing. */
  readonly entry?: Readonly<Record<string, unknown>>;
  /** Whether there is a thread at all; without, a stall is seen only when it is over. Default true. */
  readonly thread?: boolean;
  /** Where `event-loop.blocked` is told. Default: nowhere. */
  readonly signals?: SignalSink;
  readonly clock?: Clock;
}

/** The event loop was blocked, and is no more. */
export const eventLoopBlocked = defineSignal<{
  readonly blockedMs: number;
  /** Lines that the thread has written about it meanwhile. */
  readonly lines: number;
}>('event-loop.blocked');

export interface EventLoopWatch extends Disposable {
  figures(): LoopFigures;
  /** Whether the thread is up: false before it has started (some 100 ms), without one, and when it has failed. */
  readonly isWatched: boolean;
  /** Lines of the thread so far, and those that could not be written. */
  readonly lines: { readonly written: number; readonly lost: number };
  /** Ends it, and its thread. Harmless when repeated. */
  close(): void;
}

/**
 * Watches the event loop of this thread from another one, so that a loop that is blocked is seen while it is, and not
 * only by those who wait for it: the loop beats twice a frame, and the thread notices when no beat comes.
 *
 * It measures the longest delay and counts frames that were late. Means and shares hide what is heard: a loop that is
 * blocked 150 ms each second has a mean delay of 1.9 ms and is 15 % busy.
 *
 * It costs two wake-ups a frame, 100 a second, the thread 16 more, and 14 MiB. Neither timer nor thread holds the process open. Throws a RangeError or TypeError when an option is out of range.
 */
export function eventLoopWatch(options: EventLoopWatchOptions = {}): EventLoopWatch {
  const { frameMs = 20, blockedMs = 250, fd = 2, entry = {}, thread: hasThread = true } = options;
  const { clock = systemClock, signals = noSignals } = options;
  checkOptions('eventLoopWatch', {
    frameMs: [frameMs, POSITIVE],
    blockedMs: [blockedMs, { least: 2 * frameMs }],
    ...(fd !== 'none' && { fd: [fd, { least: 0, whole: true }] }),
  });
  const blocked = signals.channel(eventLoopBlocked);
  const thread = hasThread ? watchThread({ blockedMs, fd, entry, wallMs: clock.wallMs() }) : undefined;
  const delays = new LoopDelays(frameMs, clock.monotonicMs());
  const beatMs = frameMs / 2;
  let dueMs = clock.monotonicMs() + beatMs;
  let told = 0;
  let isOpen = true;
  const beat = () => {
    const nowMs = clock.monotonicMs();
    const delayMs = nowMs - dueMs;
    // Listeners take their time, which is a delay as well.
    dueMs = nowMs + beatMs;
    thread?.beat();
    if (delayMs >= frameMs) delays.record(delayMs, nowMs);
    if (delayMs >= blockedMs) {
      const written = thread?.lines.written ?? 0;
      blocked.emit({ blockedMs: delayMs, lines: written - told }, { source: 'event-loop' });
      told = written;
    }
    timer.cancel();
    if (isOpen) timer = clock.schedule(Math.max(0, dueMs - clock.monotonicMs()), beat, { keepAlive: false });
  };
  let timer = clock.schedule(beatMs, beat, { keepAlive: false });
  const figures = () => {
    // Who has waited through a stall is answered before the loop beats again.
    if (isOpen && clock.monotonicMs() - dueMs >= frameMs) beat();
    return delays.figures(clock.monotonicMs());
  };
  const close = () => {
    isOpen = false;
    timer.cancel();
    thread?.close();
  };
  return {
    figures,
    get isWatched() {
      return thread?.isUp ?? false;
    },
    get lines() {
      return thread?.lines ?? { written: 0, lost: 0 };
    },
    close,
    [Symbol.dispose]: close,
  };
}
