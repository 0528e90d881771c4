import { seededRandom } from '@sustain/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type StretchQuality, Timeline } from './timeline.ts';

const HOLD_BACK = 64;
const STRETCH = 50;

describe('timeline', () => {
  test('phrases that arrive in time are summed with their tails, bit for bit', () => {
    const phrases = [phrase(1, 500, 200), phrase(2, 300, 400), phrase(3, 100, 100)];
    const timeline = new Timeline({ holdBackFrames: HOLD_BACK });
    for (const each of phrases) timeline.open(each).append(0, each.left, each.right);
    const { left, qualities } = readAll(timeline, 900);
    expect(left).toEqual(sum(phrases, 900));
    expect(qualities.every(({ concealed, fallback }) => !concealed && !fallback)).toBe(true);
  });

  test('a source that dies in mid-phrase is faded over the frames held back, and its successor fades in', () => {
    const only = phrase(1, 2000, 500, 1);
    const timeline = new Timeline({ holdBackFrames: HOLD_BACK });
    const track = timeline.open(only);
    track.append(0, only.left.subarray(0, 1000), only.right.subarray(0, 1000));
    const heard = readAll(timeline, 1200).left;
    expect(heard.subarray(0, 936)).toEqual(only.left.subarray(0, 936));
    expect(Math.abs(heard[999] as number)).toBeLessThan(0.03);
    expect([...heard.subarray(1000)].every((value) => value === 0)).toBe(true);

    track.append(0, only.left, only.right);
    const { left: after, qualities } = readAll(timeline, 1000);
    expect(Math.abs(after[0] as number)).toBeLessThan(0.03);
    expect(after.subarray(HOLD_BACK)).toEqual(sum([only], 2500).subarray(1200 + HOLD_BACK, 2200));
    expect(qualities.map(({ concealed }) => concealed).slice(0, 3)).toEqual([true, true, false]);
  });

  test('whatever arrives when: unconcealed samples equal the undisturbed sum, and no join has a step beyond it', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seededRandom(seed);
        const phrases = Array.from({ length: 5 }, (_, i) =>
          phrase(seed + i, 400 + Math.floor(random.next() * 600), Math.floor(random.next() * 800)),
        );
        const totalFrames = phrases.reduce((total, { frames }) => total + frames, 0);
        const timeline = new Timeline({ holdBackFrames: HOLD_BACK });
        const tracks = phrases.map((each) => ({ ...each, track: timeline.open(each), sent: 0 }));
        const expected = sum(phrases, totalFrames);
        const heard = new Float32Array(Math.ceil(totalFrames / STRETCH) * STRETCH);
        while (timeline.positionFrame < totalFrames) {
          for (const each of tracks) {
            if (random.next() < 0.6) continue;
            if (random.next() < 0.1) each.sent = Math.floor(each.sent * random.next()); // a new process begins anew
            const count = Math.min(Math.floor(random.next() * 300), each.left.length - each.sent);
            const [from, to] = [each.sent, each.sent + count];
            each.track.append(from, each.left.subarray(from, to), each.right.subarray(from, to));
            each.sent = to;
          }
          const at = timeline.positionFrame;
          const { left, qualities } = readAll(timeline, STRETCH);
          heard.set(left, at);
          if (!qualities[0]?.concealed) expect(left).toEqual(slice(expected, at, STRETCH));
        }
        expect(maxStep(heard)).toBeLessThan(2 * maxStep(expected));
      }),
      { numRuns: 200 },
    );
  });

  test('a phrase that is replaced before it was heard is the lesser one alone, flagged as fallback', () => {
    const [full, simple] = [phrase(1, 500, 100), phrase(2, 500, 100)];
    const timeline = new Timeline({ holdBackFrames: HOLD_BACK });
    const track = timeline.open(full);
    track.append(0, full.left.subarray(0, 300), full.right.subarray(0, 300));
    track.replace();
    track.append(0, simple.left, simple.right);
    const { left, qualities } = readAll(timeline, 500);
    expect(left).toEqual(sum([simple], 500));
    expect(qualities.every(({ concealed, fallback }) => !concealed && fallback)).toBe(true);
  });

  test('a phrase that is replaced while it sounds is cross-faded', () => {
    const [full, simple] = [phrase(1, 1000, 0, 1), phrase(2, 1000, 0, 1)];
    const timeline = new Timeline({ holdBackFrames: HOLD_BACK });
    const track = timeline.open(full);
    track.append(0, full.left.subarray(0, 800), full.right.subarray(0, 800));
    const before = readAll(timeline, 400).left;
    track.replace();
    track.append(0, simple.left, simple.right);
    const after = readAll(timeline, 600).left;
    expect(before).toEqual(full.left.slice(0, 400));
    expect(Math.abs((after[0] as number) - (before[399] as number))).toBeLessThan(2 * maxStep(full.left));
    expect(after.subarray(HOLD_BACK)).toEqual(simple.left.slice(400 + HOLD_BACK));
  });

  test('a phrase that is given up is silent under the tail of the one before', () => {
    const [first, second] = [phrase(1, 200, 300), phrase(2, 400, 0)];
    const timeline = new Timeline({ holdBackFrames: HOLD_BACK });
    timeline.open(first).append(0, first.left, first.right);
    timeline.open(second).giveUp();
    const { left, qualities } = readAll(timeline, 600);
    expect(left).toEqual(sum([first], 600));
    expect(qualities.map(({ fallback }) => fallback)).toEqual(Array.from({ length: 12 }, (_, i) => i >= 4));
  });

  test('where nothing was laid there is silence, flagged', () => {
    const timeline = new Timeline();
    const { left, qualities } = readAll(timeline, 100);
    expect(left.every((value) => value === 0)).toBe(true);
    expect(qualities).toContainEqual({ concealed: true, fallback: true });
  });

  test('knows how much has arrived without a hole', () => {
    const timeline = new Timeline({ holdBackFrames: HOLD_BACK });
    const [first, second] = [phrase(1, 500, 100), phrase(2, 500, 100)];
    const tracks = [timeline.open(first), timeline.open(second)];
    tracks[1]?.append(0, second.left, second.right);
    expect(timeline.bufferedFrames).toBe(0);
    tracks[0]?.append(0, first.left.subarray(0, 200), first.right.subarray(0, 200));
    expect(timeline.bufferedFrames).toBe(200);
    tracks[0]?.append(200, first.left.subarray(200), first.right.subarray(200));
    readAll(timeline, 100);
    expect(timeline.bufferedFrames).toBe(900);
  });

  test('refuses a hole, frames beyond the end, and channels of different lengths', () => {
    const track = new Timeline().open({ frames: 100, tailFrames: 0 });
    expect(() => track.append(10, new Float32Array(5), new Float32Array(5))).toThrow(
      /begin at 0 and end by 100/,
    );
    expect(() => track.append(0, new Float32Array(101), new Float32Array(101))).toThrow(RangeError);
    expect(() => track.append(0, new Float32Array(5), new Float32Array(6))).toThrow(/same length/);
    expect(() => new Timeline({ holdBackFrames: 0 })).toThrow(/1 or more; got 0/);
  });
});

interface TestPhrase {
  readonly frames: number;
  readonly tailFrames: number;
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/** A smooth signal that begins at 0 and ends at 0; `attack` 1 begins at once. */
function phrase(seed: number, frames: number, tailFrames: number, attack = 0.02): TestPhrase {
  const random = seededRandom(seed);
  const [a, b] = [0.02 + 0.1 * random.next(), 0.02 + 0.1 * random.next()];
  const total = frames + tailFrames;
  const make = (sign: number) =>
    Float32Array.from({ length: total }, (_, i) => {
      const envelope = Math.min(1, i * attack) * Math.min(1, (total - i) * 0.02);
      return envelope * (0.3 * Math.sin(a * i) + sign * 0.3 * Math.sin(b * i));
    });
  return { frames, tailFrames, left: make(1), right: make(-1) };
}

function readAll(timeline: Timeline, frames: number): { left: Float32Array; qualities: StretchQuality[] } {
  const left = new Float32Array(frames);
  const right = new Float32Array(STRETCH);
  const qualities: StretchQuality[] = [];
  for (let at = 0; at < frames; at += STRETCH) {
    qualities.push(
      timeline.read(left.subarray(at, at + STRETCH), right.subarray(0, Math.min(STRETCH, frames - at))),
    );
  }
  return { left, qualities };
}

function sum(phrases: readonly TestPhrase[], frames: number): Float32Array {
  const out = new Float32Array(frames);
  let start = 0;
  for (const each of phrases) {
    for (let i = 0; i < each.left.length && start + i < frames; i++) {
      out[start + i] = (out[start + i] as number) + (each.left[i] as number);
    }
    start += each.frames;
  }
  return out;
}

function maxStep(samples: Float32Array): number {
  return samples.reduce((max, value, i) => Math.max(max, Math.abs(value - (samples[i - 1] ?? 0))), 0);
}

/** Beyond the end there is nothing. */
function slice(samples: Float32Array, from: number, count: number): Float32Array {
  const out = new Float32Array(count);
  out.set(samples.subarray(from, from + count));
  return out;
}
