import { encodeFrameHeader, encodePcm16, FRAME_HEADER_BYTES, frameFlags } from '@sustain/audio';
import { SAMPLE_RATE_HZ } from '../composition/index.ts';
import type { Timeline } from './timeline.ts';

/** Sample frames in a frame on the wire: 40 ms at 44.1 kHz. */
export const FRAME_FRAMES = 1764;
export const FRAME_MS = (FRAME_FRAMES / SAMPLE_RATE_HZ) * 1000;

/** Who hears the stream. Called for every frame: must not wait and must not throw. */
export interface FrameSink {
  send(frame: Uint8Array): void;
}

/**
 * Cuts the timeline into frames and sends each to everybody. A frame is encoded once, for all; the last
 * ones are kept, so that who comes late begins at once.
 */
export class Broadcast {
  readonly epoch: number;
  readonly #timeline: Timeline;
  readonly #sinks = new Set<FrameSink>();
  readonly #recent: Uint8Array[] = [];
  readonly #left = new Float32Array(FRAME_FRAMES);
  readonly #right = new Float32Array(FRAME_FRAMES);
  #sequence = 0;

  /** `epoch` is an unsigned 32-bit number, another one for every stream. */
  constructor(timeline: Timeline, epoch: number) {
    this.#timeline = timeline;
    this.epoch = epoch;
  }

  /** How many listen. */
  get size(): number {
    return this.#sinks.size;
  }

  /** The number of the oldest frame that a newcomer gets. */
  get nextSequenceForNewcomers(): number {
    return this.#sequence - this.#recent.length;
  }

  /** Adds a listener, who gets the last frames at once. Answers the way out; leaving twice is harmless. */
  add(sink: FrameSink): () => void {
    for (const frame of this.#recent) sink.send(frame);
    this.#sinks.add(sink);
    return () => this.#sinks.delete(sink);
  }

  /** Cuts the next frame and sends it. */
  sendNext(): void {
    const samplePosition = this.#timeline.positionFrame;
    const { concealed, fallback } = this.#timeline.read(this.#left, this.#right);
    const flags = (concealed ? frameFlags.concealed : 0) | (fallback ? frameFlags.fallback : 0);

    const frame = new Uint8Array(FRAME_HEADER_BYTES + FRAME_FRAMES * FRAME_BYTES);
    const payloadBytes = FRAME_FRAMES * FRAME_BYTES;
    encodeFrameHeader(
      { flags, epoch: this.epoch, sequence: this.#sequence, samplePosition, payloadBytes },
      frame,
    );
    encodePcm16([this.#left, this.#right], 0, FRAME_FRAMES, frame, FRAME_HEADER_BYTES);
    this.#sequence++;

    this.#recent.push(frame);
    if (this.#recent.length > RECENT_FRAMES) this.#recent.shift();
    for (const sink of this.#sinks) sink.send(frame);
  }
}

/** Bytes of one sample frame: two channels of 16 bits. */
const FRAME_BYTES = 4;

/** 0.72 s: what a player buffers before it plays (`prebufferMs`), and a little more. More would only delay it. */
const RECENT_FRAMES = 18;
