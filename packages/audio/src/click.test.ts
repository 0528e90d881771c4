import { describe, expect, test } from 'vitest';
import { CLICK_RATIO, measureJoin } from './click.ts';

const sine = (hz: number, frames: number, phase = 0) =>
  Float32Array.from({ length: frames }, (_, i) => 0.4 * Math.sin((2 * Math.PI * hz * i) / 44_100 + phase));

describe('the click metric', () => {
  test('is about 1 where the music just goes on', () => {
    const { ratio } = measureJoin([sine(220, 4410)], 2205);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(1.1);
  });

  test('is above the limit where the phase jumps, and finds the channel', () => {
    const cut = sine(220, 4410);
    cut.set(sine(220, 2205, 2), 2205);
    const { ratio, joinStep, surroundingStep } = measureJoin([sine(220, 4410), cut], 2205);
    expect(ratio).toBeGreaterThan(CLICK_RATIO);
    expect(ratio).toBeCloseTo(joinStep / surroundingStep);
  });

  test('finds a click a few samples beside the join, but not one far away', () => {
    const clicked = sine(220, 4410);
    clicked[2211] = 0.4;
    expect(measureJoin([clicked], 2205).ratio).toBeGreaterThan(CLICK_RATIO);
    expect(measureJoin([clicked], 1000).ratio).toBeLessThan(1.1);
  });

  test('lets the last bits of 16-bit audio pass in silence, but nothing that is heard', () => {
    const silence = new Float32Array(4410);
    silence[2205] = 1 / 32_767;
    expect(measureJoin([silence], 2205).ratio).toBe(1);
    silence[2205] = 0.01;
    expect(measureJoin([silence], 2205).ratio).toBeGreaterThan(CLICK_RATIO);
  });

  test('works at both ends of a buffer, and on nothing', () => {
    const music = sine(220, 2000);
    expect(measureJoin([music], 0).ratio).toBeLessThan(1.1);
    expect(measureJoin([music], 2000).ratio).toBeLessThan(1.1);
    expect(measureJoin([], 0)).toEqual({ joinStep: 0, surroundingStep: 0, ratio: 0 });
    expect(measureJoin([new Float32Array(0)], 0).joinStep).toBe(0);
  });
});
