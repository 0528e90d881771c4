import { decodeFrame, decodePcm16, type Frame, frameFlags } from '@sustain/audio';
import { StreamClient } from '../src/drills/stream-client.ts';

/** A frame as it was heard. */
export interface HeardFrame extends Frame {
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly concealed: boolean;
  readonly fallback: boolean;
}

/** A real listener that keeps all that it is sent. */
export type RecordingListener = StreamClient<HeardFrame>;
export const RecordingListener = {
  connect: (url: string, query?: string) => StreamClient.connect(url, hear, query),
};

function hear(data: Buffer): HeardFrame {
  const frame = decodeFrame(data);
  const frames = frame.payload.length / 4;
  const channels = [new Float32Array(frames), new Float32Array(frames)] as const;
  decodePcm16(frame.payload, 0, frames, channels);
  const has = (flag: number) => (frame.flags & flag) !== 0;
  return {
    ...frame,
    left: channels[0],
    right: channels[1],
    concealed: has(frameFlags.concealed),
    fallback: has(frameFlags.fallback),
  };
}
