import { decodeFrame, decodePcm16, frameFlags } from '@sustain/audio';
import { expect, test } from 'vitest';
import { Broadcast, FRAME_FRAMES } from './broadcast.ts';
import { Timeline } from './timeline.ts';

function createStream(phraseFrames: number) {
  const timeline = new Timeline();
  const track = timeline.open({ frames: phraseFrames, tailFrames: 0 });
  const ramp = Float32Array.from({ length: phraseFrames }, (_, i) => i / phraseFrames);
  track.append(
    0,
    ramp,
    ramp.map((value) => -value),
  );
  return { broadcast: new Broadcast(timeline, 77), ramp };
}

function collect() {
  const frames: Uint8Array[] = [];
  return { frames, send: (frame: Uint8Array) => frames.push(frame) };
}

test('every sample position is sent once, in order, and holds the timeline', () => {
  const { broadcast, ramp } = createStream(FRAME_FRAMES * 3);
  const sink = collect();
  broadcast.add(sink);
  for (let i = 0; i < 3; i++) broadcast.sendNext();
  const frames = sink.frames.map((bytes) => decodeFrame(bytes));
  expect(
    frames.map(({ epoch, sequence, samplePosition, flags }) => [epoch, sequence, samplePosition, flags]),
  ).toEqual([
    [77, 0, 0, 0],
    [77, 1, FRAME_FRAMES, 0],
    [77, 2, FRAME_FRAMES * 2, 0],
  ]);
  const [left, right] = [new Float32Array(FRAME_FRAMES), new Float32Array(FRAME_FRAMES)];
  for (const { payload, samplePosition } of frames) {
    decodePcm16(payload, 0, FRAME_FRAMES, [left, right]);
    expect(left[5]).toBeCloseTo(ramp[samplePosition + 5] as number, 4);
    expect(right[5]).toBeCloseTo(-(ramp[samplePosition + 5] as number), 4);
  }
});

test('frames that were not there are flagged as concealed and fallback', () => {
  const { broadcast } = createStream(FRAME_FRAMES);
  const sink = collect();
  broadcast.add(sink);
  for (let i = 0; i < 3; i++) broadcast.sendNext();
  const flags = sink.frames.map((bytes) => decodeFrame(bytes).flags);
  expect(flags).toEqual([
    0,
    frameFlags.concealed | frameFlags.fallback,
    frameFlags.concealed | frameFlags.fallback,
  ]);
});

test('who comes late begins with the last 0.72 s, at once, and misses nothing after it', () => {
  const { broadcast } = createStream(FRAME_FRAMES * 100);
  for (let i = 0; i < 40; i++) broadcast.sendNext();
  const late = collect();
  expect(broadcast.nextSequenceForNewcomers).toBe(22);
  const leave = broadcast.add(late);
  broadcast.sendNext();
  leave();
  leave();
  broadcast.sendNext();
  const sequences = late.frames.map((bytes) => decodeFrame(bytes).sequence);
  expect(sequences).toEqual(Array.from({ length: 19 }, (_, i) => 22 + i));
  expect(broadcast.size).toBe(0);
});
