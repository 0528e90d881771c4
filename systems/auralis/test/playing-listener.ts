import type { Frame } from '@sustain/audio';
import { type Random, systemClock, type Timer } from '@sustain/kernel';
import { Connection, type ConnectionState } from '../src/player/connection.ts';
import { type BufferFigures, JitterBuffer } from '../src/player/jitter-buffer.ts';

/** What the audio thread of a browser asks for at a time. */
const QUANTUM = 128;
const SAMPLE_RATE_HZ = 44_100;
const PULL_EVERY_MS = 10;
const REPORT_EVERY_MS = 1000;

/** A quantum as it was heard. */
export interface HeardQuantum {
  /** The position in the stream after it. */
  readonly position: number;
  /** Whether anything of it was played. */
  readonly isPlayed: boolean;
}

/** The player without the page and the sound card: its own connection and its own buffer, in real time. */
export class PlayingListener {
  readonly frames: Frame[] = [];
  readonly states: ConnectionState['state'][] = [];
  /** What it was welcomed with, whether it was resumed. */
  readonly resumed: boolean[] = [];
  readonly quanta: HeardQuantum[] = [];
  readonly #left: Float32Array[] = [];
  readonly #connection: Connection;
  readonly #buffer = new JitterBuffer({ sampleRateHz: SAMPLE_RATE_HZ, channels: 2, prebufferMs: 600 });
  readonly #watchers = new Set<() => void>();
  #timer: Timer | undefined;
  #startedMs = 0;
  #pulled = 0;
  #reportedMs = 0;

  /** Begins to listen to the stream of the server at `url`. */
  constructor(url: string, random: Random) {
    this.#connection = new Connection({
      url: new URL('/auralis/stream', url.replace('http', 'ws')).href,
      clock: systemClock,
      random,
      bufferMs: () => this.#buffer.figures.prebufferMs,
      listener: {
        onState: ({ state }) => this.states.push(state),
        onMessage: (message) => message.type === 'welcome' && this.resumed.push(message.resumed),
        onFrame: (frame) => {
          this.frames.push(frame);
          this.#buffer.push(frame);
        },
      },
    });
    this.#connection.open();
    this.#startedMs = systemClock.monotonicMs();
    this.#pull();
  }

  get figures(): BufferFigures {
    return this.#buffer.figures;
  }

  /** Sample frames that were pulled, from the first on. */
  get pulledFrames(): number {
    return this.#pulled;
  }

  /** All that came out of the loudspeaker, on the left. */
  get output(): Float32Array {
    const whole = new Float32Array(this.#pulled);
    this.#left.forEach((samples, i) => {
      whole.set(samples, i * QUANTUM);
    });
    return whole;
  }

  /** Resolves when the condition holds; looked at every 10 ms. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#connection.close();
  }

  #pull(): void {
    const nowMs = systemClock.monotonicMs();
    const dueFrames = ((nowMs - this.#startedMs) / 1000) * SAMPLE_RATE_HZ;
    for (; this.#pulled + QUANTUM <= dueFrames; this.#pulled += QUANTUM) {
      const quantum = [new Float32Array(QUANTUM), new Float32Array(QUANTUM)] as const;
      const before = this.#buffer.figures.samplePosition;
      this.#buffer.pull(quantum);
      const position = this.#buffer.figures.samplePosition;
      this.quanta.push({ position, isPlayed: position !== before });
      this.#left.push(quantum[0]);
    }
    if (nowMs - this.#reportedMs >= REPORT_EVERY_MS) {
      this.#reportedMs = nowMs;
      const { samplePosition: playedSample, underruns, bufferedMs, concealedMs } = this.#buffer.figures;
      const report = { type: 'playback', playedSample, underruns, bufferedMs, concealedMs };
      this.#connection.send(JSON.stringify(report));
    }
    for (const look of [...this.#watchers]) look();
    this.#timer = systemClock.schedule(PULL_EVERY_MS, () => this.#pull());
  }
}
