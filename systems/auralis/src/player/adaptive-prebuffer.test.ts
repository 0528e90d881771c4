import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AdaptivePrebuffer } from './adaptive-prebuffer.ts';

describe('the prebuffer', () => {
  test('starts at 600 ms, or at what is asked for within its limits', () => {
    expect(new AdaptivePrebuffer().targetMs).toBe(600);
    expect(new AdaptivePrebuffer({ prebufferMs: 900 }).targetMs).toBe(900);
    expect(new AdaptivePrebuffer({ prebufferMs: 50 }).targetMs).toBe(300);
    expect(new AdaptivePrebuffer({ prebufferMs: 60_000 }).targetMs).toBe(2000);
  });

  test('grows by 100 ms an underrun, and shrinks by 20 ms in 30 s without one', () => {
    const prebuffer = new AdaptivePrebuffer();
    prebuffer.underrun();
    expect(prebuffer.targetMs).toBe(700);
    prebuffer.played(29_999);
    expect(prebuffer.targetMs).toBe(700);
    prebuffer.played(1);
    expect(prebuffer.targetMs).toBe(680);
  });

  test('begins the 30 s anew at an underrun', () => {
    const prebuffer = new AdaptivePrebuffer();
    prebuffer.played(29_000);
    prebuffer.underrun();
    prebuffer.played(29_000);
    expect(prebuffer.targetMs).toBe(700);
  });

  test('stays within its limits whatever happens', () => {
    const event = fc.oneof(fc.constant('underrun' as const), fc.integer({ min: 0, max: 600_000 }));
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const prebuffer = new AdaptivePrebuffer();
        for (const happened of events) {
          if (happened === 'underrun') prebuffer.underrun();
          else for (let played = 0; played < happened; played += 20_000) prebuffer.played(20_000);
        }
        expect(prebuffer.targetMs).toBeGreaterThanOrEqual(300);
        expect(prebuffer.targetMs).toBeLessThanOrEqual(2000);
        expect(prebuffer.underruns).toBe(events.filter((happened) => happened === 'underrun').length);
      }),
    );
  });

  test('refuses limits that contradict each other', () => {
    const options = { minPrebufferMs: 500, maxPrebufferMs: 400 };
    expect(() => new AdaptivePrebuffer(options)).toThrow(/minPrebufferMs .* got 500/);
  });
});
