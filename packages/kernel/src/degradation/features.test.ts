import fc from 'fast-check';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import { needs, watched } from './features.fixture.ts';
import { featureChanged, features as featuresOf } from './index.ts';

describe('features', () => {
  test('are all on at first, which is not a degraded mode', () => {
    const { features } = watched();
    expect(features.isEnabled('dance')).toBe(true);
    expect(features.off).toEqual([]);
  });

  test('S1-27: a feature is off while it is broken, and the rest goes on', () => {
    const { features, told } = watched();
    features.disable('music', 'no device');
    expect(features.isEnabled('music')).toBe(false);
    expect(features.isEnabled('vision')).toBe(true);
    features.enable('music', 'no device');
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
    features.enable('vision', 'too slow');
    features.enable('vision', 'never said');
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
        feature: 'vision',
        reason: 'camera lost',
        because: 'vision',
        reasons: ['camera lost', 'too slow'],
      },
      { feature: 'gestures', reason: 'camera lost', because: 'vision', reasons: [] },
      { feature: 'dance', reason: 'camera lost', because: 'vision', reasons: [] },
    ]);
  });

  test('a listener that enables again is told what is so at last', () => {
    const { features, signals } = watched();
    const last = new Map<string, boolean>();
    signals.on(featureChanged, ({ data }) => {
      last.set(data.feature, data.enabled);
      if (data.feature === 'vision' && !data.enabled) features.enable('vision');
    });
    features.disable('vision', 'camera lost');
    expect(features.off).toEqual([]);
    expect([...last.values()].every(Boolean)).toBe(true);
  });

  test('a listener that disables or enables is heard in the order in which it happened', () => {
    const { features, signals } = watched();
    signals.on(featureChanged, ({ data }) => {
      if (data.feature === 'vision' && !data.enabled) features.enable('vision');
    });
    const later: string[] = [];
    signals.on(featureChanged, ({ data }) => later.push(`${data.feature} ${data.enabled}`));
    features.disable('vision', 'camera lost');
    expect(later).toEqual(['vision false', 'vision true']);
    expect(features.isEnabled('dance')).toBe(true);
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
    const features = featuresOf({ a: [], b: ['a'] });
    features.disable('a', 'broken');
    expect(features.isEnabled('b')).toBe(false);
  });

  test.each([
    ['itself', { a: ['a'] }, 'a feature must be one of ; got a'],
    ['each other', { b: [], a: ['b', 'c'], c: ['a'] }, 'a feature must be one of b; got c'],
    ['what is not there', { b: [], a: ['toString'] }, 'must be one of b; got toString'],
  ])('that need %s are refused', (_what, bad, message) => {
    expect(() => featuresOf(bad as never)).toThrow(RangeError);
    expect(() => featuresOf(bad as never)).toThrow(message);
  });

  test('that are not there are refused', () => {
    const { features } = watched();
    const message = 'a feature must be one of vision,gestures,music,dance; got smell';
    expect(() => features.isEnabled('smell' as never)).toThrow(message);
    expect(() => features.disable('smell' as never, 'cold')).toThrow(message);
    expect(() => features.enable('smell' as never)).toThrow(message);
  });

  test('have their names checked by the compiler', () => {
    const { features } = watched();
    expectTypeOf(features.isEnabled).parameter(0).toEqualTypeOf<'vision' | 'gestures' | 'dance' | 'music'>();
    // @ts-expect-error: b is no feature
    expect(() => featuresOf({ a: ['b'] })).toThrow();
  });

  test('costs one look-up to ask, however many features there are', () => {
    const { features } = watched();
    const keys = vi.spyOn(Map.prototype, 'keys');
    expect(features.isEnabled('vision')).toBe(true);
    expect(keys).not.toHaveBeenCalled();
    keys.mockRestore();
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
          else features.enable(name, reason);
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
