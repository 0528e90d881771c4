import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { layer, pipeline, type RunOptions } from '../pipeline/index.ts';
import { type ShedOptions, shed, shedChanged, shedRefused } from './index.ts';
import { shedFaults } from './shed-faults.ts';

const levels = [
  { aboveMs: 50, belowPriority: 1 },
  { aboveMs: 200, belowPriority: 10 },
];
/** Of sessions: new ones, running ones, and those whose user is speaking. */
const [fresh, running, speaking] = [{}, { priority: 1 }, { priority: 10 }];

function shedding(options: Partial<ShedOptions> = {}) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const changes: string[] = [];
  const refused: number[] = [];
  signals.on(shedChanged, ({ data }) => changes.push(`${clock.monotonicMs()}: ${data.from} → ${data.level}`));
  signals.on(shedRefused, ({ data }) => refused.push(data.priority));
  const loop = { delayMs: 0, readings: 0 };
  const delay = () => {
    loop.readings++;
    return loop.delayMs;
  };
  const subject = shed({ name: 'gateway', delay, levels, ...options });
  const policies = pipeline({ clock, signals }, subject);
  const call = (run: RunOptions) => policies.run(() => 'served', run).catch((error: unknown) => error);
  return { clock, subject, changes, refused, loop, call };
}

describe('shedding', () => {
  test('lets everybody pass while nothing is late, and looks once in a while', async () => {
    const { clock, subject, loop, call } = shedding();
    for (let i = 0; i < 30; i++) {
      expect(await call(fresh)).toBe('served');
      await clock.advance(10);
    }
    expect(loop.readings).toBe(3);
    expect(subject.state).toEqual({ level: 0, delayMs: 0 });
    expect(clock.waitingTimers).toBe(0);
  });

  test('under overload protects running sessions, and refuses new ones with SHED', async () => {
    const { subject, loop, refused, call } = shedding();
    loop.delayMs = 51;
    expect(await call(fresh)).toMatchObject({
      code: 'SHED',
      retryable: true,
      context: { shed: 'gateway', priority: 0, delayMs: 51, retryAfterMs: 1000 },
      message: 'gateway is overloaded: 51 ms late, retry in 1000 ms',
    });
    for (let i = 0; i < 100; i++) expect(await call(running)).toBe('served');
    expect(subject.state).toEqual({ level: 1, delayMs: 51 });
    expect(refused).toEqual([0]);
  });

  test('reaches several levels at once', async () => {
    const { loop, changes, call } = shedding();
    loop.delayMs = 1000;
    expect(await call(running)).toSatisfy((error) => shedFaults.SHED.matches(error));
    expect(await call(speaking)).toBe('served');
    expect(changes).toEqual(['0: 0 → 2']);
  });

  test('S2-55: sheds load in an overload, and takes it again when that is over, level by level', async () => {
    const { clock, loop, changes, call } = shedding();
    loop.delayMs = 300;
    await call(speaking);
    loop.delayMs = 20;
    for (let i = 0; i < 30; i++) {
      await clock.advance(100);
      await call(speaking);
    }
    expect(changes).toEqual(['0: 0 → 2', '1000: 2 → 1', '2000: 1 → 0']);
    expect(await call(fresh)).toBe('served');
  });

  test('stays at a level until the delay is well below it, for long enough', async () => {
    const { clock, loop, changes, call } = shedding();
    // Recovers for 900 ms at a time, or not far enough.
    for (const delayMs of [60, 24, 24, 24, 60, 24, 24, 26, 24, 24, 49, 24, 24]) {
      loop.delayMs = delayMs;
      await call(fresh);
      await clock.advance(300);
    }
    expect(changes).toEqual(['0: 0 → 1']);
    await clock.advance(400);
    await call(fresh);
    expect(changes).toEqual(['0: 0 → 1', '4300: 1 → 0']);
  });

  test('never flaps, however the delay jumps: it leaves a level only after a calm of that length', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 100 }),
        async (delays) => {
          const { clock, loop, call, subject } = shedding();
          let calmSinceMs = 0;
          let level = 0;
          for (const delayMs of delays) {
            loop.delayMs = delayMs;
            await call(speaking);
            const next = subject.state.level;
            const held = levels[level - 1];
            if (next > level)
              expect(delayMs).toBeGreaterThan((levels[next - 1] as (typeof levels)[0]).aboveMs);
            if (next < level) {
              expect(next).toBe(level - 1);
              expect(clock.monotonicMs() - calmSinceMs).toBeGreaterThanOrEqual(1000);
            }
            if (next !== level || !held || delayMs >= held.aboveMs / 2) calmSinceMs = clock.monotonicMs();
            level = next;
            await clock.advance(100);
          }
        },
      ),
      { numRuns: 200, seed: 4 },
    );
  });

  test('does not move on a reading that is no number, and fails a call whose reading throws, keeping nothing of it', async () => {
    const { clock, loop, subject, call } = shedding();
    loop.delayMs = 60;
    await call(fresh);
    loop.delayMs = Number.NaN;
    await clock.advance(5000);
    await call(fresh);
    expect(subject.state.level).toBe(1);
    const broken = new Error('no reading');
    let answers = false;
    const other = shedding({
      delay: () => {
        if (answers) return 0;
        throw broken;
      },
    });
    expect(await other.call(speaking)).toBe(broken);
    answers = true;
    expect(await other.call(fresh)).toBe('served');
  });

  test('does the same by its gate as by its hooks', async () => {
    const observe = async (hooked: boolean) => {
      const { clock, subject, loop } = shedding();
      const other = { kind: 'other', attach: () => layer(hooked ? { enter: () => undefined } : {}) };
      const policies = pipeline({ clock }, other as never, subject) as ReturnType<typeof pipeline>;
      const seen: unknown[] = [];
      for (let i = 0; i < 100; i++) {
        loop.delayMs = (i * 37) % 230;
        const work = async () => {
          if (i % 3 === 0) throw new Error('flaky');
          return i;
        };
        const run = policies.run(work as never, { priority: i % 12 });
        await run.then(
          (value: unknown) => seen.push(value),
          (error: Error) => seen.push(error.message),
        );
        await clock.advance(40);
      }
      return seen;
    };
    expect(await observe(true)).toEqual(await observe(false));
  });

  test.each<[Partial<ShedOptions>, string]>([
    [{ name: '' }, 'the name of the shed must be a text'],
    [{ levels: [] }, 'levels of the shed gateway must be a whole number of 1 or more; got 0'],
    [
      { levels: [{ aboveMs: 0, belowPriority: 1 }] },
      'aboveMs of the shed gateway must be a number above 0; got 0',
    ],
    [
      { levels: [levels[1], levels[0]] as never },
      'aboveMs of the shed gateway must be a number above 200; got 50',
    ],
    [
      {
        levels: [
          { aboveMs: 1, belowPriority: 5 },
          { aboveMs: 2, belowPriority: 5 },
        ],
      },
      'belowPriority of the shed gateway must be a number above 5; got 5',
    ],
    [{ levels: [{ aboveMs: 1, belowPriority: '5' as never }] }, 'got 5'],
    [{ sampleMs: 0 }, 'sampleMs of the shed gateway must be'],
    [{ holdMs: -1 }, 'holdMs of the shed gateway must be a number of 0 or more; got -1'],
    [{ delay: undefined as never }, 'delay of a shed must be a function'],
  ])('refuses options out of range: %o', (options, message) => {
    expect(() => shed({ name: 'gateway', delay: () => 0, levels, ...options })).toThrow(message);
  });
});
