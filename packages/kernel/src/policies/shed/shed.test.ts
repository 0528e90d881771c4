import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { qualityChanged, qualityLadder } from '../../degradation/index.ts';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { layer, pipeline, type RunOptions } from '../pipeline/index.ts';
import { policyRefused } from '../shared-policy.ts';
import { type ShedOptions, shed } from './index.ts';
import { shedFaults } from './shed-faults.ts';

const levels = ['all', 'running only', 'speaking only'] as const;
const inputs = {
  delay: [
    { down: 50, up: 25 },
    { down: 200, up: 100 },
  ],
};
const belowPriority = { 'running only': 1, 'speaking only': 10 };
/** Of sessions: new ones, running ones, and those whose user is speaking. */
const [fresh, running, speaking] = [{}, { priority: 1 }, { priority: 10 }];

function shedding(options: Partial<ShedOptions<(typeof levels)[number]>> = {}) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const changes: string[] = [];
  const refused: unknown[] = [];
  signals.on(qualityChanged, ({ data }) => changes.push(`${clock.monotonicMs()}: ${data.to}`));
  signals.on(policyRefused, ({ data, source }) => refused.push({ source, ...data }));
  const ladder = qualityLadder({ name: 'gateway', levels, inputs, upDwellMs: 1000, clock, signals });
  const loop = { delayMs: 0, readings: 0 };
  const delay = () => {
    loop.readings++;
    return loop.delayMs;
  };
  const subject = shed({ name: 'gateway', delay, ladder, belowPriority, ...options });
  const policies = pipeline({ clock, signals }, subject);
  const call = (run: RunOptions) => policies.run(() => 'served', run).catch((error: unknown) => error);
  return { clock, subject, ladder, changes, refused, loop, call };
}

describe('shedding', () => {
  test('lets everybody pass while nothing is late, and looks once in a while', async () => {
    const { clock, loop, call } = shedding();
    for (let i = 0; i < 30; i++) {
      expect(await call(fresh)).toBe('served');
      await clock.advance(10);
    }
    expect(loop.readings).toBe(3);
    expect(clock.waitingTimers).toBe(0);
  });

  test('under overload protects running sessions, and refuses new ones with SHED', async () => {
    const { loop, refused, call } = shedding();
    loop.delayMs = 51;
    expect(await call(fresh)).toMatchObject({
      code: 'SHED',
      retryable: true,
      context: { shed: 'gateway', priority: 0, delayMs: 51 },
      message: 'gateway is overloaded: 51 ms late',
    });
    for (let i = 0; i < 100; i++) expect(await call(running)).toBe('served');
    expect(refused).toEqual([
      { source: 'gateway', policy: 'shed', shed: 'gateway', priority: 0, delayMs: 51 },
    ]);
  });

  test('reaches several levels at once', async () => {
    const { loop, changes, call } = shedding();
    loop.delayMs = 1000;
    expect(await call(running)).toSatisfy((error) => shedFaults.SHED.matches(error));
    expect(await call(speaking)).toBe('served');
    expect(changes).toEqual(['0: speaking only']);
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
    expect(changes).toEqual(['0: speaking only', '1100: running only', '2200: all']);
    expect(await call(fresh)).toBe('served');
  });

  test('never sheds who is important enough for the level, and always the others, however the delay jumps', async () => {
    const delays = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(delays, fc.integer({ min: 0, max: 12 }), async (each, priority) => {
        const { clock, loop, ladder, call } = shedding();
        for (const delayMs of each) {
          loop.delayMs = delayMs;
          const isShed = (await call({ priority })) !== 'served';
          expect(isShed).toBe(priority < { all: 0, ...belowPriority }[ladder.level]);
          await clock.advance(100);
        }
      }),
      { numRuns: 100, seed: 4 },
    );
  });

  test('does not move on a reading that is no number, and fails a call whose reading throws, keeping nothing of it', async () => {
    const { clock, loop, ladder, call } = shedding();
    loop.delayMs = 60;
    await call(fresh);
    loop.delayMs = Number.NaN;
    await clock.advance(5000);
    await call(fresh);
    expect(ladder.level).toBe('running only');
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

  test.each<[Parameters<typeof shedding>[0], string]>([
    [{ name: '' }, 'name of the shed must be a text'],
    [{ belowPriority: { all: Number.NaN } }, 'all of the shed gateway must be a number of -Infinity or more'],
    [{ belowPriority: { all: '5' as never } }, 'got 5'],
    [{ sampleMs: 0 }, 'sampleMs of the shed gateway must be'],
    [{ delay: undefined as never }, 'delay of the shed gateway must be a function'],
    [{ ladder: {} as never }, 'ladder.report of the shed gateway must be a function'],
  ])('refuses options out of range: %o', (options, message) => {
    expect(() => shedding(options)).toThrow(message);
  });
});
