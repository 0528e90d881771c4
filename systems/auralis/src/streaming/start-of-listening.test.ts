import { expect, test } from 'vitest';
import type { Hello } from './hello.ts';
import { startOfListening } from './start-of-listening.ts';

const stream = {
  epoch: 7,
  nextSequence: 1000,
  nextSequenceForNewcomers: 982,
  sequenceBefore: (ms: number) => Math.max(750, 1000 - Math.ceil(ms / 40)),
};

function start(hello: Partial<Hello>, isKnown = true) {
  return startOfListening({ tellsFull: false, epoch: 7, ...hello }, isKnown, stream);
}

test('who missed no more than it buffers gets all of it, in order', () => {
  expect(start({ lastSeq: 999 })).toEqual({ kind: 'replayed', fromSequence: 1000, missedFrames: 0 });
  expect(start({ lastSeq: 990 })).toEqual({ kind: 'replayed', fromSequence: 991, missedFrames: 9 });
  expect(start({ lastSeq: 981 })).toEqual({ kind: 'replayed', fromSequence: 982, missedFrames: 18 });
});

test('who missed more jumps to the live stream, and the gap is known exactly', () => {
  expect(start({ lastSeq: 980 })).toEqual({ kind: 'jumped', fromSequence: 982, missedFrames: 1 });
  expect(start({ lastSeq: 0 })).toEqual({ kind: 'jumped', fromSequence: 982, missedFrames: 981 });
});

test('who buffers more gets more, up to what is kept', () => {
  expect(start({ lastSeq: 960, bufferMs: 1500 })).toMatchObject({ kind: 'replayed', fromSequence: 961 });
  expect(start({ lastSeq: 900, bufferMs: 1500 })).toMatchObject({ kind: 'jumped', fromSequence: 959 });
  expect(start({ lastSeq: 749, bufferMs: 10_000 })).toMatchObject({ kind: 'replayed', fromSequence: 750 });
  expect(start({ lastSeq: 748, bufferMs: 10_000 })).toMatchObject({ kind: 'jumped', missedFrames: 1 });
  expect(start({ lastSeq: 10, bufferMs: 0 })).toMatchObject({ kind: 'jumped', fromSequence: 982 });
});

test('another epoch, an unknown token, no frame yet and a frame that never was begin as newcomers', () => {
  const newcomer = { kind: 'new', fromSequence: 982 };
  expect(start({ lastSeq: 999, epoch: 6 })).toEqual(newcomer);
  expect(start({ lastSeq: 999 }, false)).toEqual(newcomer);
  expect(start({})).toEqual(newcomer);
  expect(start({ lastSeq: 1000 })).toEqual(newcomer);
});
