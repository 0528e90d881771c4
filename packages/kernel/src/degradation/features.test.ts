import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { Signals } from '../signals/index.ts';
import { SimulatedClock } from '../time/index.ts';
import { Features, featureChanged, type RestoreOptions } from './index.ts';

const needs = { vision: [], gestures: ['vision'], dance: ['gestures', 'music'], music: [] } as const;

function watched() {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const told: string[] = [];
  signals.on(featureChanged, ({ data: { feature, enabled, reason, because } }) => {
    told.push(`${feature} ${enabled ? 'on' : 'off'}: ${reason} of ${because}`);
  });
  const features = new Features(needs, { clock, signals, source: 'bot' });
  return { clock, signals, features, told };
}

describe('features', () => {
  test('are all on at first, which is not a degraded mode', () => {
    const { features } = watched();
    expect(features.isEnabled('dance')).toBe(true);
    expect(features.status('dance')).toEqual({ state: 'on', feature: 'dance' });
    expect(features.off).toEqual([]);
  });

  test('S1-27: a feature is off while it is broken, and the rest goes on', () => {
    const { features, told } = watched();
    features.disable('music', 'no device');
    expect(features.isEnabled('music')).toBe(false);
    expect(features.isEnabled('vision')).toBe(true);
    expect(features.enable('music', 'no device')).toBe(true);
    expect(features.isEnabled('music')).toBe(true);
    expect(told).toEqual([
      'music off: no device of music',
      'dance off: no device of music',
      'music on: no device of music',
      'dance on: no device of music',
    ]);
  });

  test('dependants follow, and come back when all that they need is back', () => {
    const { features, told } = watched();
    features.disable('vision', 'camera lost');
    features.disable('music', 'no device');
    expect(told.splice(0)).toEqual([
      'vision off: camera lost of vision',
      'gestures off: camera lost of vision',
      'dance off: camera lost of vision',
      'music off: no device of music',
    ]);
    features.enable('vision');
    expect(features.isEnabled('gestures')).toBe(true);
    expect(features.isEnabled('dance')).toBe(false);
    features.enable('music');
    expect(features.isEnabled('dance')).toBe(true);
    expect(told).toEqual([
      'vision on: camera lost of vision',
      'gestures on: camera lost of vision',
      'music on: no device of music',
      'dance on: no device of music',
    ]);
  });

  test('several reasons hold one off at once: it is back when the last is gone', () => {
    const { features, told } = watched();
    features.disable('vision', 'camera lost');
    features.disable('vision', 'too slow');
    features.disable('vision', 'too slow');
    expect(features.enable('vision', 'too slow')).toBe(true);
    expect(features.enable('vision', 'too slow')).toBe(false);
    expect(features.isEnabled('vision')).toBe(false);
    features.enable('vision', 'camera lost');
    expect(features.isEnabled('vision')).toBe(true);
    expect(told.filter((line) => line.startsWith('vision'))).toHaveLength(2);
  });

  test('of more than 32 reasons the oldest is forgotten, so that they do not grow without end', () => {
    const { clock, features } = watched();
    for (let i = 0; i < 1000; i++) features.disable('vision', `failure ${i}`, { probe: () => false });
    const { reasons } = features.off[0] as (typeof features.off)[number];
    expect([reasons.length, reasons[0], reasons.at(-1)]).toEqual([32, 'failure 968', 'failure 999']);
    expect(clock.waitingTimers).toBe(32);
  });

  test('S4-48: what is off is clearly indicated, with the reasons', () => {
    const { features } = watched();
    features.disable('vision', 'camera lost');
    features.disable('vision', 'too slow');
    features.disable('vision', 'camera lost');
    expect(features.off).toEqual([
      {
        state: 'off',
        feature: 'vision',
        reason: 'camera lost',
        because: 'vision',
        reasons: ['camera lost', 'too slow'],
      },
      { state: 'off', feature: 'gestures', reason: 'camera lost', because: 'vision', reasons: [] },
      { state: 'off', feature: 'dance', reason: 'camera lost', because: 'vision', reasons: [] },
    ]);
  });

  test('a listener that disables or enables is heard in the order in which it happened', () => {
    const { features, signals, told } = watched();
    signals.on(featureChanged, ({ data }) => {
      if (data.feature === 'vision' && !data.enabled) features.enable('vision');
    });
    const later: string[] = [];
    signals.on(featureChanged, ({ data }) => later.push(`${data.feature} ${data.enabled}`));
    features.disable('vision', 'camera lost');
    const order = [
      'vision false',
      'gestures false',
      'dance false',
      'vision true',
      'gestures true',
      'dance true',
    ];
    expect(later).toEqual(order);
    expect(told).toHaveLength(6);
  });

  test('a listener that throws breaks nothing', () => {
    const { features, signals } = watched();
    signals.on(featureChanged, () => {
      throw new Error('broken');
    });
    features.disable('vision', 'camera lost');
    expect(features.isEnabled('gestures')).toBe(false);
    features.enable('vision');
    expect(features.isEnabled('gestures')).toBe(true);
    expect(signals.counts.listenerErrors).toBe(6);
  });

  test('work without signals', () => {
    const features = new Features({ a: [], b: ['a'] });
    features.disable('a', 'broken');
    expect(features.isEnabled('b')).toBe(false);
  });

  test.each([
    ['itself', { a: ['a'] }, 'a → a'],
    ['each other', { a: ['b'], b: ['c'], c: ['a'] }, 'a → b → c → a'],
    ['what is not there', { a: ['toString'] }, 'must be one of a, and in no circle; got a → toString'],
  ])('that need %s are refused', (_what, bad, message) => {
    expect(() => new Features(bad as never)).toThrow(RangeError);
    expect(() => new Features(bad as never)).toThrow(message);
  });

  test('that are not there are refused', () => {
    const { features } = watched();
    const message = 'a feature must be one of vision,gestures,music,dance; got smell';
    expect(() => features.isEnabled('smell' as never)).toThrow(message);
    expect(() => features.status('smell' as never)).toThrow(message);
    expect(() => features.disable('smell' as never, 'cold')).toThrow(message);
    expect(() => features.enable('smell' as never)).toThrow(message);
  });

  test('have their names checked by the compiler', () => {
    const { features } = watched();
    expectTypeOf(features.isEnabled).parameter(0).toEqualTypeOf<'vision' | 'gestures' | 'dance' | 'music'>();
    // @ts-expect-error: b is no feature
    expect(() => new Features({ a: ['b'] })).toThrow();
  });

  test('whatever is disabled and enabled, one is on exactly when it and all that it needs have no reason', () => {
    const names = ['vision', 'gestures', 'dance', 'music'] as const;
    const step = fc.tuple(fc.boolean(), fc.constantFrom(...names), fc.constantFrom('x', 'y'));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { features, signals } = watched();
        const held = new Set<string>();
        const toldOn = new Map<string, boolean>(names.map((name) => [name, true]));
        signals.on(featureChanged, ({ data }) => {
          if (toldOn.get(data.feature) === data.enabled) throw new Error('told twice');
          toldOn.set(data.feature, data.enabled);
        });
        const isOn = (name: (typeof names)[number]): boolean =>
          !held.has(`${name} x`) && !held.has(`${name} y`) && needs[name].every((need) => isOn(need));
        for (const [disable, name, reason] of steps) {
          if (disable) features.disable(name, reason);
          else expect(features.enable(name, reason)).toBe(held.has(`${name} ${reason}`));
          held[disable ? 'add' : 'delete'](`${name} ${reason}`);
          for (const each of names) {
            expect(features.isEnabled(each)).toBe(isOn(each));
            expect(toldOn.get(each)).toBe(isOn(each));
          }
        }
        expect(signals.counts.listenerErrors).toBe(0);
      }),
    );
  });
});

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

  test('has a deadline, at which its signal aborts and it has failed', async () => {
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
    features.disable('vision', 'camera lost', {
      probe,
      probeEveryMs: 100,
      probeDeadlineMs: 50,
      successes: 1,
    });
    await clock.advance(450);
    expect(endedMs).toEqual([150, 300, 450]);
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
    features.disable('vision', 'camera lost', { probe, probeEveryMs: 100, probeDeadlineMs: 50 });
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

  test.each([50, 110])(
    'is cancelled at close after %i ms: no timer is left, and what is off stays off',
    async (atMs) => {
      const { clock, features } = watched();
      const signals: AbortSignal[] = [];
      const probe = (signal: AbortSignal) => {
        signals.push(signal);
        return new Promise<boolean>(() => undefined);
      };
      features.disable('vision', 'camera lost', { probe, probeEveryMs: 100 });
      await clock.advance(atMs);
      features.close();
      features.close();
      expect(clock.waitingTimers).toBe(0);
      expect(signals.every(({ aborted }) => aborted)).toBe(true);
      features.disable('music', 'no device', { probe });
      await clock.advance(60_000);
      expect([signals.length, clock.waitingTimers]).toEqual([atMs === 50 ? 0 : 1, 0]);
      expect(features.off.map(({ feature }) => feature)).toEqual(['vision', 'gestures', 'music', 'dance']);
      features.enable('vision');
      expect(features.isEnabled('gestures')).toBe(true);
    },
  );

  test.each([
    [{ probeEveryMs: 0 }, 'probeEveryMs must be a finite number, 1 or more; got 0'],
    [{ probeDeadlineMs: Number.POSITIVE_INFINITY }, 'probeDeadlineMs must be a finite number'],
    [{ successes: Number.NaN }, 'successes'],
    [{ successes: '2' as never }, 'successes must be a finite number, 1 or more; got 2'],
  ])(
    'with options out of range is refused, and the feature stays on: %o',
    (options: RestoreOptions, message) => {
      const { features } = watched();
      expect(() => features.disable('vision', 'camera lost', options)).toThrow(RangeError);
      expect(() => features.disable('vision', 'camera lost', options)).toThrow(message);
      expect(features.isEnabled('vision')).toBe(true);
    },
  );
});
