import { toDbfs } from '@sustain/audio';
import { type Clock, exponential, type Fault, type Random } from '@sustain/kernel';
import { recordingFaults } from './faults.ts';
import { listenOnce, type StreamEar } from './listen-once.ts';
import type { StreamEnd } from './stream-connection.ts';
import type { StreamTape, TapeFigures } from './stream-tape.ts';

export interface RecordingOptions {
  /** Of the stream: `ws:` or `wss:`. */
  readonly url: string;
  /** What the server's access control asks for, where it does. */
  readonly accessToken?: string | undefined;
  readonly clock: Clock;
  /** For the waits between attempts. */
  readonly random: Random;
  /** Ends the recording, with what there is. */
  readonly signal: AbortSignal;
  /** Told after every stream frame. */
  readonly onProgress?: (progress: RecordProgress) => void;
  /** Told of every wait for the server. */
  readonly onWait?: (wait: RecordWait) => void;
}

export interface RecordProgress extends TapeFigures {
  /** Of the last 40 ms; −Infinity for silence. */
  readonly levelDbfs: number;
}

export interface RecordWait {
  readonly why: string;
  readonly delayMs: number;
}

/** What is recorded, and what Auralis plays. */
export const RECORDED_FORMAT = { sampleRateHz: 44_100, channels: 2, encoding: 's16le' } as const;

/** Listens, over one connection after the other, until the tape is full. */
export class Recording implements StreamEar {
  readonly tape: StreamTape;
  reconnects = 0;
  readonly #options: RecordingOptions;
  #resumeToken: string | undefined;
  /** Whether there is such a stream: it was heard, or was full. */
  #isKnown = false;
  #heardMs: number;

  constructor(options: RecordingOptions, tape: StreamTape) {
    this.#options = options;
    this.tape = tape;
    this.#heardMs = options.clock.monotonicMs();
  }

  /** Resolves when there is enough, or no more; then with why. Rejects when there is no use in trying again. */
  async run(): Promise<Fault | undefined> {
    const { clock, signal, random } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const beginMs = clock.monotonicMs();
      const end = await listenOnce({ ...this.#options, url: this.#address() }, this);
      if (signal.aborted || end.kind === 'left') break;
      if (clock.monotonicMs() - beginMs >= STABLE_MS) attempt = 1;
      const fault = this.#verdict(end);
      if (fault !== undefined) {
        if (this.tape.last === undefined) throw fault;
        await this.tape.end();
        return fault;
      }
      const jitterMs = backoff(attempt, random);
      const delayMs = end.kind === 'full' ? end.retryAfterMs + jitterMs : jitterMs;
      this.#options.onWait?.({ why: end.kind === 'full' ? 'the stream is full' : end.reason, delayMs });
      if (!(await sleptThrough(clock, delayMs, signal))) break;
    }
    await this.tape.end();
    return undefined;
  }

  welcome({ token, format }: Readonly<Record<string, unknown>>): void {
    const { sampleRateHz, channels, encoding } = (format ?? {}) as Readonly<Record<string, unknown>>;
    if (
      sampleRateHz !== RECORDED_FORMAT.sampleRateHz ||
      channels !== RECORDED_FORMAT.channels ||
      encoding !== RECORDED_FORMAT.encoding
    ) {
      throw this.#unavailable(
        `its audio is ${JSON.stringify(format)}, and what can be recorded is ${JSON.stringify(RECORDED_FORMAT)}`,
      );
    }
    if (this.tape.last !== undefined) this.reconnects++;
    this.#resumeToken = typeof token === 'string' ? token : undefined;
  }

  async frame(frame: Parameters<StreamEar['frame']>[0]): Promise<boolean> {
    this.#isKnown = true;
    await this.tape.lay(frame);
    this.#heardMs = this.#options.clock.monotonicMs();
    this.#options.onProgress?.({ ...this.tape.figures, levelDbfs: toDbfs(this.tape.levelRms) });
    return this.tape.isFull;
  }

  /** Goes on after the last frame, where there is one; and takes all that the server still has. */
  #address(): string {
    const { last } = this.tape;
    if (last === undefined || this.#resumeToken === undefined) return this.#options.url;
    const url = new URL(this.#options.url);
    url.searchParams.set('resume', this.#resumeToken);
    url.searchParams.set('epoch', String(last.epoch));
    url.searchParams.set('lastSeq', String(last.sequence));
    url.searchParams.set('bufferMs', String(RESUME_MS));
    return url.href;
  }

  /** Why there is no use in trying again; undefined when there is. */
  #verdict(end: Exclude<StreamEnd, { kind: 'left' }>): Fault | undefined {
    if (end.kind === 'full') {
      this.#isKnown = true;
      this.#heardMs = this.#options.clock.monotonicMs();
      return undefined;
    }
    if (end.kind === 'refused' || !this.#isKnown) return this.#unavailable(end.reason);
    const silentMs = this.#options.clock.monotonicMs() - this.#heardMs;
    if (silentMs < GIVE_UP_MS) return undefined;
    return this.#unavailable(`${end.reason}; nothing was heard for ${Math.round(silentMs / 1000)} s`);
  }

  #unavailable(reason: string): Fault {
    return recordingFaults.STREAM_UNAVAILABLE({ url: withoutQuery(this.#options.url), reason });
  }
}

/** As long as the server keeps frames at most. A recording is in no hurry: it may be late by any time. */
const RESUME_MS = 10_000;

/** A connection that held for so long starts the row of waits anew. */
const STABLE_MS = 10_000;
const GIVE_UP_MS = 60_000;
const backoff = exponential({ baseMs: 100, maxMs: 5000, jitter: 'full' });

/** False when it was no longer wanted. */
async function sleptThrough(clock: Clock, delayMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(delayMs, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

/** A query may hold secrets, and so may what stands before the host. */
function withoutQuery(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
