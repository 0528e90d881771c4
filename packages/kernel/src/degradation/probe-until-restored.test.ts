import { describe, expect, test } from 'vitest';
import { watched } from './features.fixture.ts';
import type { RestoreOptions } from './index.ts';

describe('a restore probe', () => {
  /** Answers in turn, and notes when it was asked. */
  function scripted(answers: readonly unknown[], options: RestoreOptions = {}) {
    const { clock, features, told } = watched();
    const askedMs: number[] = [];
    const probe = async () => {
      askedMs.push(clock.monotonicMs());
      const answer = answers[askedMs.length - 1];
      if (answer instanceof Error) throw answer;
      if (answer === 0) throw true;
      return answer as boolean;
    };
    features.disable('vision', 'camera lost', { probe, probeEveryMs: 100, ...options });
    return { clock, features, told, askedMs };
  }

  test('brings the feature and its dependants back after so many successes in a row', async () => {
    const { clock, features, told, askedMs } = scripted([false, true, true, false, true, true, true], {
      successes: 3,
    });
    await clock.advance(699);
    expect(features.isEnabled('gestures')).toBe(false);
    await clock.advance(1);
    expect(features.isEnabled('gestures')).toBe(true);
    expect(askedMs).toEqual([100, 200, 300, 400, 500, 600, 700]);
    expect(told.slice(3)).toEqual([
      'vision on: camera lost of vision',
      'gestures on: camera lost of vision',
      'dance on: camera lost of vision',
    ]);
    await clock.advance(10_000);
    expect(askedMs).toHaveLength(7);
    expect(clock.waitingTimers).toBe(0);
  });

  test('is asked every 10 s, and must succeed twice, by default', async () => {
    const { clock, features } = watched();
    features.disable('vision', 'camera lost', { probe: () => true });
    await clock.advance(19_999);
    expect(features.isEnabled('vision')).toBe(false);
    await clock.advance(1);
    expect(features.isEnabled('vision')).toBe(true);
  });

  test('that throws, or answers anything but true, has failed', async () => {
    const answers = [new Error('still broken'), undefined, 'yes', 1, 0, true];
    const { clock, features, askedMs } = scripted(answers, { successes: 1 });
    await clock.advance(599);
    expect([askedMs.length, features.isEnabled('vision')]).toEqual([5, false]);
    await clock.advance(1);
    expect(features.isEnabled('vision')).toBe(true);
  });

  test('that throws before its first await has failed', async () => {
    const { clock, features } = watched();
    let asked = 0;
    const probe = () => {
      asked++;
      throw new Error('still broken');
    };
    features.disable('vision', 'camera lost', { probe, probeEveryMs: 10 });
    await clock.advance(100);
    expect([asked, features.isEnabled('vision')]).toEqual([10, false]);
  });

  test('has a deadline, as long as the wait for it, at which its signal aborts and it has failed', async () => {
    const { clock, features } = watched();
    const endedMs: number[] = [];
    const probe = (signal: AbortSignal) =>
      clock.sleep(1000, { signal }).then(
        () => true,
        () => {
          endedMs.push(clock.monotonicMs());
          return true;
        },
      );
    features.disable('vision', 'camera lost', { probe, probeEveryMs: 100, successes: 1 });
    await clock.advance(600);
    expect(endedMs).toEqual([200, 400, 600]);
    expect(features.isEnabled('vision')).toBe(false);
  });

  test('never overlaps with the next, even when it ignores its deadline', async () => {
    const { clock, features } = watched();
    let running = 0;
    let most = 0;
    let asked = 0;
    const probe = async () => {
      asked++;
      most = Math.max(most, ++running);
      await clock.sleep(350);
      running--;
      return true;
    };
    features.disable('vision', 'camera lost', { probe, probeEveryMs: 100 });
    await clock.advance(1350);
    expect([asked, most, features.isEnabled('vision')]).toEqual([3, 1, false]);
  });

  test('for another reason does not bring it back', async () => {
    const { clock, features } = scripted([true, true]);
    features.disable('vision', 'by hand');
    await clock.advance(1000);
    expect(features.isEnabled('vision')).toBe(false);
    features.enable('vision', 'by hand');
    expect(features.isEnabled('vision')).toBe(true);
  });

  test('begins anew when the same reason is given again', async () => {
    const { clock, features, askedMs } = scripted([true, true, true]);
    await clock.advance(150);
    let asked = 0;
    features.disable('vision', 'camera lost', { probe: () => ++asked > 0, probeEveryMs: 100 });
    await clock.advance(199);
    expect([askedMs.length, asked, features.isEnabled('vision')]).toEqual([1, 1, false]);
    await clock.advance(1);
    expect(features.isEnabled('vision')).toBe(true);
  });

  test('in flight that was replaced decides nothing any more', async () => {
    const { clock, features } = watched();
    const slow = () => clock.sleep(50).then(() => true);
    features.disable('vision', 'camera lost', { probe: slow, probeEveryMs: 100, successes: 1 });
    await clock.advance(120);
    features.disable('vision', 'camera lost');
    await clock.advance(10_000);
    expect(features.isEnabled('vision')).toBe(false);
    expect(clock.waitingTimers).toBe(0);
  });

  test('ends when the reason is gone by hand: aborted, and not asked again', async () => {
    const { clock, features } = watched();
    const signals: AbortSignal[] = [];
    const probe = (signal: AbortSignal) => {
      signals.push(signal);
      return clock.sleep(40, { signal }).then(() => true);
    };
    features.disable('vision', 'camera lost', { probe, probeEveryMs: 100 });
    await clock.advance(110);
    features.enable('vision', 'camera lost');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await clock.advance(1000);
    expect([signals.length, clock.waitingTimers]).toEqual([1, 0]);
  });

  test('is not begun after close: what fails during a shutdown is not probed for ever', async () => {
    const { clock, features } = watched();
    let probes = 0;
    features.close();
    features.disable('vision', 'camera lost', { probe: () => ++probes > 0, successes: 1 });
    await clock.advance(60_000);
    expect([probes, clock.waitingTimers, features.isEnabled('vision')]).toEqual([0, 0, false]);
  });

  test.each([50, 110])('ends at close after %i ms, and what is off stays off', async (atMs) => {
    const { clock, features } = watched();
    const signals: AbortSignal[] = [];
    const probe = (signal: AbortSignal) => {
      signals.push(signal);
      return clock.sleep(80, { signal }).then(() => true);
    };
    features.disable('vision', 'camera lost', { probe, probeEveryMs: 100, successes: 1 });
    await clock.advance(atMs);
    features.close();
    features.close();
    expect(signals.map(({ aborted }) => aborted)).toEqual(atMs === 50 ? [] : [true]);
    await clock.advance(60_000);
    expect(clock.waitingTimers).toBe(0);
    expect(features.off.map(({ feature }) => feature)).toEqual(['vision', 'gestures', 'dance']);
    features.enable('vision');
    expect(features.isEnabled('gestures')).toBe(true);
  });

  test.each([
    [{ probeEveryMs: 0 }, 'probeEveryMs of the feature must be a number above 0 to 9007199254740991; got 0'],
    [{ successes: 1.5 }, 'successes of the feature must be a whole number of 1 or more; got 1.5'],
    [{ successes: '2' as never }, 'got 2'],
    [{ probe: true as never }, 'probe of the feature must be a function; got true'],
  ])(
    'with options out of range is refused, and the feature stays on: %o',
    (options: RestoreOptions, message) => {
      const { features } = watched();
      expect(() => features.disable('vision', 'camera lost', options)).toThrow(message);
      expect(features.isEnabled('vision')).toBe(true);
    },
  );
});
