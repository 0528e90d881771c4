import { Readable } from 'node:stream';
import type { Clock, Timer } from '@sustain/kernel';
import type { SignalHistory } from './signal-history.ts';
import type { SignalReader } from './signal-reader.ts';

export interface SignalStreamOptions {
  readonly history: SignalHistory;
  readonly reader: SignalReader;
  readonly clock: Clock;
  /** How often a quiet stream shows that it lives. Milliseconds. */
  readonly heartbeatMs: number;
  /** Ends the stream, with a last event. */
  readonly stopping: AbortSignal;
  /** Cuts the stream: whoever listens has signed out. */
  readonly over: AbortSignal | undefined;
}

/**
 * Why a stream ended: the client went, it took nothing for {@link MOST_STALLED_BEATS} heartbeats, its session is over, the
 * server stops.
 */
export type StreamEnd = 'left' | 'stalled' | 'signed-out' | 'stopping';

/**
 * The server-sent events of one reader. It reads the history no further than the client takes it: what waits for a slow
 * client is at most two pieces here and what the operating system buffers. Each piece is put together in a turn of the
 * event loop of its own, so that one client that is far behind holds up nobody.
 */
export class SignalStream extends Readable {
  end: StreamEnd = 'left';
  readonly #options: SignalStreamOptions;
  #asked = false;
  #immediate: NodeJS.Immediate | undefined;
  #waitNoLonger: (() => void) | undefined;
  #beat: Timer | undefined;
  #stalledBeats = 0;

  constructor(options: SignalStreamOptions) {
    super({ encoding: 'utf8', highWaterMark: PIECE_CHARACTERS });
    this.#options = options;
    options.stopping.addEventListener('abort', this.#stop);
    options.over?.addEventListener('abort', this.#signOut);
    this.push('retry: 2000\n\n');
    this.#scheduleBeat();
    if (options.stopping.aborted) this.#stop();
  }

  override _read(): void {
    this.#asked = true;
    this.#stalledBeats = 0;
    this.#immediate ??= setImmediate(this.#fill);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#options.stopping.removeEventListener('abort', this.#stop);
    this.#options.over?.removeEventListener('abort', this.#signOut);
    this.#waitNoLonger?.();
    this.#beat?.cancel();
    clearImmediate(this.#immediate);
    done(error);
  }

  readonly #fill = (): void => {
    this.#immediate = undefined;
    this.#waitNoLonger = undefined;
    if (!this.#asked || this.destroyed) return;
    const { history, reader } = this.#options;
    const text = reader.next(PIECE_CHARACTERS);
    if (text !== '') this.#give(text);
    else if (reader.behind) this.#immediate = setImmediate(this.#fill);
    else this.#waitNoLonger = history.onNext(this.#fill);
  };

  #give(text: string): void {
    this.#asked = false;
    this.push(text);
  }

  #scheduleBeat(): void {
    const { clock, heartbeatMs } = this.#options;
    this.#beat = clock.schedule(heartbeatMs, this.#onBeat, { keepAlive: false });
  }

  readonly #onBeat = (): void => {
    if (this.#waitNoLonger) {
      this.#waitNoLonger();
      this.#waitNoLonger = undefined;
      this.#give(this.#options.reader.heartbeat());
    } else if (!this.#asked && ++this.#stalledBeats >= MOST_STALLED_BEATS) {
      this.end = 'stalled';
      this.destroy();
      return;
    }
    this.#scheduleBeat();
  };

  readonly #signOut = (): void => {
    if (!this.destroyed) this.end = 'signed-out';
    this.destroy();
  };

  readonly #stop = (): void => {
    if (this.destroyed) return;
    this.end = 'stopping';
    this.#waitNoLonger?.();
    this.#beat?.cancel();
    clearImmediate(this.#immediate);
    this.#asked = false;
    this.push('event: stopping\ndata: {}\n\n');
    this.push(null);
  };
}

/** About so much is put together at once. */
const PIECE_CHARACTERS = 16_384;

/** A client that takes nothing for so long is gone, or as good as gone, and its place is another's. */
const MOST_STALLED_BEATS = 8;
