import type { Broadcast } from './broadcast.ts';
import type { Hello } from './hello.ts';

/** Where the stream of a connection begins, and why there. */
export type Start =
  /** A newcomer, or one who cannot be resumed. */
  | { readonly kind: 'new'; readonly fromSequence: number }
  /** It gets all that it missed, in order. */
  | { readonly kind: 'replayed'; readonly fromSequence: number; readonly missedFrames: number }
  /** It missed more than it buffers: it goes on with the live stream, after a gap of `missedFrames`. */
  | { readonly kind: 'jumped'; readonly fromSequence: number; readonly missedFrames: number };

/**
 * Decides where a connection begins. Who is known and was of this epoch gets all that is missing, if that is no more than
 * it buffers (`bufferMs`, by default what newcomers get), so that nothing is lost and nobody falls behind; otherwise it
 * jumps to where a newcomer begins.
 */
export function startOfListening(
  hello: Hello,
  isKnown: boolean,
  stream: Pick<Broadcast, 'epoch' | 'nextSequence' | 'nextSequenceForNewcomers' | 'sequenceBefore'>,
): Start {
  const { epoch, lastSeq, bufferMs } = hello;
  const newcomers = stream.nextSequenceForNewcomers;
  // What arrives at once is played at once: a frame or two more, as the next one may be late.
  const live =
    bufferMs === undefined ? newcomers : Math.min(newcomers, stream.sequenceBefore(bufferMs + SPARE_MS));
  if (!isKnown || epoch !== stream.epoch || lastSeq === undefined || lastSeq >= stream.nextSequence) {
    return { kind: 'new', fromSequence: live };
  }
  const next = lastSeq + 1;
  if (next >= live) {
    return { kind: 'replayed', fromSequence: next, missedFrames: stream.nextSequence - next };
  }
  return { kind: 'jumped', fromSequence: live, missedFrames: live - next };
}

const SPARE_MS = 120;
