import { encodeFrameHeader, encodePcm16, FRAME_HEADER_BYTES, frameFlags } from '@sustain/audio';
import { SAMPLE_RATE_HZ } from '../composition/index.ts';
import { FrameRing } from './frame-ring.ts';
import type { Timeline } from './timeline.ts';

/** Sample frames in a frame on the wire: 40 ms at 44.1 kHz. */
export const FRAME_FRAMES = 1764;
export const FRAME_MS = (FRAME_FRAMES / SAMPLE_RATE_HZ) * 1000;

/** How much of the past is kept for those who resume or come late. */
export const RING_MS = 10_000;

/** Who hears the stream. Called for every frame: must not wait and must not throw. */
export interface FrameSink {
  send(frame: Uint8Array): void;
}

/**
 * Cuts the timeline into frames and sends each to everybody. A frame is encoded once, for all; those of the last 10 s
 * are kept, so that who comes late begins at once, and who comes back goes on where it was.
 */
export class Broadcast {
  readonly epoch: number;
  readonly #timeline: Timeline;
  readonly #sinks = new Set<FrameSink>();
  readonly #ring = new FrameRing(RING_MS / FRAME_MS);
  readonly #left = new Float32Array(FRAME_FRAMES);
  readonly #right = new Float32Array(FRAME_FRAMES);

  /** `epoch` is an unsigned 32-bit number, another one for every stream. */
  constructor(timeline: Timeline, epoch: number) {
    this.#timeline = timeline;
    this.epoch = epoch;
  }

  /** How many listen. */
  get size(): number {
    return this.#sinks.size;
  }

  /** The number of the next frame. */
  get nextSequence(): number {
    return this.#ring.nextSequence;
  }

  /** The number of the oldest frame that can still be sent. */
  get oldestSequence(): number {
    return this.#ring.oldestSequence;
  }

  /** The number of the oldest frame that a newcomer gets. */
  get nextSequenceForNewcomers(): number {
    return this.sequenceBefore(NEWCOMERS_MS);
  }

  /** The number of the first frame for who wants so much at once, as far as that is kept. */
  sequenceBefore(durationMs: number): number {
    return Math.max(this.oldestSequence, this.nextSequence - Math.ceil(durationMs / FRAME_MS));
  }

  /**
   * Adds a listener, who gets what is kept from that frame on at once; by default what newcomers get. Answers the way out;
   * leaving twice is harmless.
   */
  add(sink: FrameSink, fromSequence = this.nextSequenceForNewcomers): () => void {
    const from = Math.max(fromSequence, this.oldestSequence);
    for (let sequence = from; sequence < this.nextSequence; sequence++) {
      sink.send(this.#ring.at(sequence) as Uint8Array);
    }
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
      { flags, epoch: this.epoch, sequence: this.nextSequence, samplePosition, payloadBytes },
      frame,
    );
    encodePcm16([this.#left, this.#right], 0, FRAME_FRAMES, frame, FRAME_HEADER_BYTES);

    this.#ring.push(frame);
    for (const sink of this.#sinks) sink.send(frame);
  }
}

/** Bytes of one sample frame: two channels of 16 bits. */
const FRAME_BYTES = 4;

/** What a player buffers before it plays (`prebufferMs`), and a little more. More would only delay it. */
const NEWCOMERS_MS = 720;
