import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RingBuffer } from './ring-buffer.ts';

const ramp = (from: number, frames: number) => Float32Array.from({ length: frames }, (_, i) => from + i);

type Step = { readonly move: 'write' | 'read' | 'peek' | 'skip' | 'clear'; readonly frames: number };

const step: fc.Arbitrary<Step> = fc.record({
  move: fc.constantFrom('write', 'write', 'read', 'peek', 'skip', 'clear'),
  frames: fc.integer({ min: 0, max: 12 }),
});

describe('a ring buffer', () => {
  test('behaves as a plain array cut at its capacity, through any sequence of moves', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(step, { maxLength: 60 }),
        (capacityFrames, steps) => {
          const ring = new RingBuffer({ channels: 2, capacityFrames });
          const model: number[] = [];
          let written = 0;
          for (const { move, frames } of steps) {
            if (move === 'write') {
              const fits = Math.min(frames, capacityFrames - model.length);
              expect(ring.write([ramp(written, frames), ramp(-written - frames, frames)])).toBe(fits);
              model.push(...ramp(written, fits));
              written += frames;
            } else if (move === 'skip') {
              expect(ring.skip(frames)).toBe(model.splice(0, frames).length);
            } else if (move === 'clear') {
              ring.clear();
              model.length = 0;
            } else {
              const target = [new Float32Array(frames), new Float32Array(frames)] as const;
              const expected = move === 'read' ? model.splice(0, frames) : model.slice(0, frames);
              expect(ring[move](target)).toBe(expected.length);
              expect([...target[0].subarray(0, expected.length)]).toEqual(expected);
            }
            expect(ring.availableFrames).toBe(model.length);
            expect(ring.freeFrames).toBe(capacityFrames - model.length);
          }
        },
      ),
    );
  });

  test('keeps the channels apart across the wrap', () => {
    const ring = new RingBuffer({ channels: 2, capacityFrames: 5 });
    ring.write([ramp(0, 4), ramp(100, 4)]);
    ring.skip(3);
    ring.write([ramp(4, 4), ramp(104, 4)]);
    const target = [new Float32Array(5), new Float32Array(5)];
    expect(ring.read(target)).toBe(5);
    expect(target.map((samples) => [...samples])).toEqual([
      [3, 4, 5, 6, 7],
      [103, 104, 105, 106, 107],
    ]);
  });

  test('takes from and puts into the middle of an array', () => {
    const ring = new RingBuffer({ channels: 1, capacityFrames: 8 });
    expect(ring.write([ramp(0, 6)], 3, 2)).toBe(3);
    const target = new Float32Array(6).fill(-1);
    expect(ring.read([target], 2, 3)).toBe(2);
    expect([...target]).toEqual([-1, -1, -1, 2, 3, -1]);
  });

  test('moves nothing when asked for nonsense, and never throws', () => {
    const ring = new RingBuffer({ channels: 2, capacityFrames: 8 });
    const stereo = [ramp(0, 4), ramp(0, 4)];
    expect(ring.write([])).toBe(0);
    expect(ring.write([ramp(0, 4)])).toBe(0);
    expect(ring.write(stereo, Number.NaN)).toBe(0);
    expect(ring.write(stereo, -3)).toBe(0);
    expect(ring.write(stereo, 4, -1)).toBe(0);
    expect(ring.write(stereo, 4, 9)).toBe(0);
    expect(ring.availableFrames).toBe(0);
    ring.write(stereo);
    expect(ring.read([])).toBe(0);
    expect(ring.peek([new Float32Array(2)], 2)).toBe(0);
    expect(ring.skip(Number.NaN)).toBe(0);
    expect(ring.skip(-1)).toBe(0);
    expect(ring.availableFrames).toBe(4);
  });

  test('moves no more than the shortest channel of the caller has', () => {
    const ring = new RingBuffer({ channels: 2, capacityFrames: 8 });
    expect(ring.write([ramp(0, 4), ramp(0, 3)], 4)).toBe(3);
  });

  test('refuses impossible options with what was got', () => {
    expect(() => new RingBuffer({ channels: 0, capacityFrames: 1 })).toThrow(/channels .* got 0/);
    expect(() => new RingBuffer({ channels: 1, capacityFrames: 1.5 })).toThrow(/capacityFrames .* got 1.5/);
  });
});
