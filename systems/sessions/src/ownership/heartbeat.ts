import { type Clock, classify, type SignalSink, type Timer } from '@sustain/kernel';
import type { Store } from '@sustain/stores';
import { ALIVE } from '../layout/index.ts';
import { sessionWatchFailed } from '../signals.ts';
import { answered } from './answered.ts';

export interface HeartbeatOptions {
  readonly primary: Store;
  readonly instance: string;
  /** How long the primary may take to answer. */
  readonly patienceMs: number;
  /** For so long after the last beat others let this instance have its sessions, at least. */
  readonly grantedMs: number;
  readonly clock: Clock;
  readonly signals: SignalSink;
}

/** Says in the primary, again and again, that this instance lives, and knows what that is worth. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #confirmedMs = Number.NEGATIVE_INFINITY;
  /** Since when no beat has failed for longer than an instance may be silent. */
  #steadySinceMs = Number.POSITIVE_INFINITY;
  #term = 0;
  #timer: Timer | undefined;
  #beating: Promise<void> | undefined;
  #isEnded = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Whether others still let it have its sessions. */
  get isGranted(): boolean {
    return this.#silentMs < this.#options.grantedMs;
  }

  /** Another number after each time in which they may have taken them. */
  get term(): number {
    return this.#term;
  }

  /** For how long all that was said in the primary could be heard here. */
  get steadyMs(): number {
    return this.#silentMs > ALIVE_TTL_MS ? 0 : this.#options.clock.monotonicMs() - this.#steadySinceMs;
  }

  /** Beats, and goes on until `stop`. Resolves when the first beat is done, or has failed. */
  async start(): Promise<void> {
    this.#beating = this.#beat();
    await this.#beating;
  }

  async stop(): Promise<void> {
    this.#isEnded = true;
    this.#timer?.cancel();
    await this.#beating;
  }

  get #silentMs(): number {
    return this.#options.clock.monotonicMs() - this.#confirmedMs;
  }

  async #beat(): Promise<void> {
    const { primary, instance, patienceMs, clock, signals, grantedMs } = this.#options;
    const startMs = clock.monotonicMs();
    try {
      const beat = primary.set(ALIVE + instance, { beat: true }, { ttlMs: ALIVE_TTL_MS });
      await answered(beat, primary.name, patienceMs, clock);
      if (startMs - this.#confirmedMs >= grantedMs) this.#term++;
      if (startMs - this.#confirmedMs > ALIVE_TTL_MS) this.#steadySinceMs = clock.monotonicMs();
      this.#confirmedMs = startMs;
    } catch (error) {
      const told = { prefix: 'heartbeat', fault: classify(error) };
      signals.channel(sessionWatchFailed).emit(told, { source: 'sessions' });
    }
    if (this.#isEnded) return;
    const next = () => {
      this.#beating = this.#beat();
    };
    this.#timer = clock.schedule(BEAT_EVERY_MS, next, { keepAlive: false });
  }
}

const BEAT_EVERY_MS = 3000;
/** An instance is silent when it has not beaten for so long. */
const ALIVE_TTL_MS = 10_000;
