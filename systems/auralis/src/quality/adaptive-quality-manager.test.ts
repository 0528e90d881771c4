import { qualityChanged, Signals, SimulatedClock, seededRandom, systemClock } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { type Quality, qualities } from '../composition/index.ts';
import { AdaptiveQualityManager, machineCpu } from './index.ts';

function setUp() {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const changes: string[] = [];
  signals.on(qualityChanged, ({ data }) => changes.push(`${data.from} → ${data.to} (${data.input})`));
  return { clock, changes, manager: new AdaptiveQualityManager({ clock, signals }) };
}

const CALM = { cpu: 0.1, eventLoopDelayMs: 5 };

describe('the adaptive quality manager', () => {
  it.each([
    ['S2-47', 0.59, 'normal'],
    ['S2-48', 0.6, 'high_load'],
    ['S2-48', 0.79, 'high_load'],
    ['S2-49', 0.8, 'critical'],
    ['S2-49', 0.94, 'critical'],
    ['S2-50', 0.95, 'overload'],
  ])('%s: at a load of %f it is %s', (_row, cpu, quality) => {
    const { manager } = setUp();
    manager.rendered(30);
    expect(manager.adjust({ ...CALM, cpu })).toBe(quality);
  });

  it.each([
    [21, 'normal'],
    [19, 'high_load'],
    [9, 'critical'],
    [4.9, 'overload'],
  ])('rendering %f times as fast as it is heard it is %s', (realtimeFactor, quality) => {
    const { manager } = setUp();
    manager.rendered(realtimeFactor);
    expect(manager.adjust(CALM)).toBe(quality);
  });

  it.each([
    [100, 'normal'],
    [200, 'high_load'],
    [400, 'critical'],
    [700, 'overload'],
  ])('with an event loop that is %i ms late it is %s', (eventLoopDelayMs, quality) => {
    expect(setUp().manager.adjust({ ...CALM, eventLoopDelayMs })).toBe(quality);
  });

  it('does not mind that others keep the machine busy, as long as it renders fast', () => {
    const { manager } = setUp();
    manager.rendered(180);
    expect(manager.adjust({ ...CALM, cpu: 1 })).toBe('normal');
    manager.rendered(39);
    expect(manager.adjust({ ...CALM, cpu: 1 })).toBe('overload');
  });

  it('is not held with loops by a machine that is busy with other things: it tries, with chords', async () => {
    const { clock, manager } = setUp();
    manager.rendered(180);
    expect(manager.adjust({ cpu: 0.97, eventLoopDelayMs: 700 })).toBe('overload');
    await clock.advance(10_000);
    manager.adjust({ ...CALM, cpu: 0.97 });
    await clock.advance(31_000);
    expect(manager.adjust({ ...CALM, cpu: 0.97 })).toBe('critical');
    manager.rendered(180);
    manager.adjust({ ...CALM, cpu: 0.97 });
    await clock.advance(5000);
    manager.rendered(180);
    for (let second = 0; second < 62; second++) {
      manager.rendered(180);
      manager.adjust({ ...CALM, cpu: 0.97 });
      await clock.advance(1000);
    }
    expect(manager.quality).toBe('normal');
  });

  it('comes back level by level, each after 30 s in which all was well, and tells every change once', async () => {
    const { clock, changes, manager } = setUp();
    const controller = new AbortController();
    let load = { ...CALM, cpu: 0.97 };
    manager.rendered(30);
    const running = manager.run(() => load, controller.signal);
    await clock.advance(5000);
    expect(manager.quality).toBe('overload');
    load = CALM;
    const levels: Quality[] = [];
    for (let after = 0; after < 4; after++) {
      await clock.advance(31_000);
      levels.push(manager.quality);
    }
    expect(levels).toEqual(['critical', 'high_load', 'normal', 'normal']);
    expect(changes).toEqual([
      'normal → overload (cpu)',
      expect.stringContaining('overload → critical'),
      expect.stringContaining('critical → high_load'),
      expect.stringContaining('high_load → normal'),
    ]);
    controller.abort();
    await running;
  });

  it('does not stay with loops because nothing is rendered any more: what was slow long ago says nothing', async () => {
    const { clock, manager } = setUp();
    manager.rendered(2);
    expect(manager.adjust(CALM)).toBe('overload');
    await clock.advance(10_000);
    manager.adjust(CALM);
    await clock.advance(31_000);
    expect(manager.adjust(CALM)).toBe('critical');
  });

  it('does not swing, however the readings do', async () => {
    const { clock, changes, manager } = setUp();
    const random = seededRandom('load');
    for (let second = 0; second < 3600; second++) {
      manager.adjust({ cpu: 0.4 + 0.5 * random.next(), eventLoopDelayMs: 200 * random.next() });
      await clock.advance(1000);
    }
    expect(changes.length).toBeLessThan(20);
    expect(qualities).toContain(manager.quality);
  });
});

describe('the load of the machine', () => {
  it('is a share of its processors’ time', () => {
    const read = machineCpu();
    const endMs = systemClock.monotonicMs() + 300;
    while (systemClock.monotonicMs() < endMs) Math.sqrt(endMs);
    const busy = read();
    expect(busy).toBeGreaterThan(0);
    expect(busy).toBeLessThanOrEqual(1);
  });
});
