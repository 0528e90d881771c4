import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createOperation } from '../../faults/index.ts';
import { SimulatedClock, seededRandom } from '../../time/index.ts';
import {
  breaker,
  constant,
  fallback,
  pipeline,
  retry,
  type TurnDeadlineOptions,
  timeout,
  timeoutFaults,
  turnDeadline,
  turnFaults,
} from '../index.ts';

const steps = { stt: 0.2, llm: 0.5, tts: 0.3 };
const never = () => new Promise<never>(() => undefined);

function setUp(totalMs = 1000) {
  const clock = new SimulatedClock();
  const caller = new AbortController();
  const turn = turnDeadline({ totalMs, steps, clock }).begin({ signal: caller.signal });
  return { clock, caller, turn, plain: pipeline({ clock }) };
}

describe('a turn deadline', () => {
  test('allows each step its share, and hands on what a step did not use', async () => {
    const { clock, turn, plain } = setUp();
    expect(turn.allowedMs('stt')).toBe(200);
    expect(await clock.run(turn.run('stt', plain, () => clock.sleep(100).then(() => 'hello')))).toBe('hello');
    expect(turn.allowedMs('llm')).toBeCloseTo(562.5);
    await clock.run(turn.run('llm', plain, () => clock.sleep(500)));
    expect(turn.allowedMs('tts')).toBe(400);
  });

  test('hands the time of steps that are skipped to those after them', () => {
    const { turn } = setUp();
    expect(turn.allowedMs('llm')).toBeCloseTo(625);
    expect(turn.allowedMs('tts')).toBe(1000);
  });

  test('takes shares in relation to each other', () => {
    const turn = turnDeadline({
      totalMs: 700,
      steps: { a: 1, b: 2, c: 4 },
      clock: new SimulatedClock(),
    }).begin();
    expect(turn.allowedMs('a')).toBeCloseTo(100);
  });

  test('ends a step at its share, with a fault that says which, work or no work', async () => {
    const { clock, turn, plain } = setUp();
    let told: AbortSignal | undefined;
    const run = turn.run('stt', plain, ({ signal }) => {
      told = signal;
      return never();
    });
    const error: unknown = await clock.run(run.catch((thrown: unknown) => thrown));
    expect(error).toBeInstanceOf(timeoutFaults.TIMED_OUT);
    expect(error).toMatchObject({
      context: { pipeline: 'stt', timeoutMs: 200 },
    });
    expect(told?.reason).toBe(error);
    expect([clock.monotonicMs(), clock.waitingTimers]).toEqual([200, 0]);
  });

  test('begins no step when nothing is left', async () => {
    const { clock, turn, plain } = setUp();
    await clock.advance(1000);
    let calls = 0;
    await expect(turn.run('tts', plain, () => calls++)).rejects.toSatisfy(turnFaults.TURN_DEADLINE.matches);
    expect([calls, turn.allowedMs('tts')]).toEqual([0, 0]);
  });

  test('says of which operation it was that a step was late, or was not begun', async () => {
    const { clock, turn, plain } = setUp();
    const operation = createOperation('turn', seededRandom(1));
    const late = turn.run('tts', plain, never, { operation }).catch((error: unknown) => error);
    expect(await clock.run(late)).toMatchObject({ code: 'TIMED_OUT', operationId: operation.id });
    await expect(turn.run('tts', plain, never, { operation })).rejects.toMatchObject({
      code: 'TURN_DEADLINE',
      retryable: false,
      operationId: operation.id,
    });
  });

  test('a retry happens only if time remains', async () => {
    const { clock, turn } = setUp();
    let calls = 0;
    const flaky = new Error('flaky');
    const policies = pipeline({ clock }, retry({ maxAttempts: 99, backoff: constant(60) }));
    const run = turn.run('stt', policies, () => {
      calls++;
      return Promise.reject(flaky);
    });
    await expect(clock.run(run)).rejects.toBe(flaky);
    expect([calls, clock.monotonicMs()]).toEqual([4, 180]);
  });

  test('is a stop from outside for the policies of the step: not counted, not replaced', async () => {
    const { clock, turn } = setUp();
    const stt = breaker({ name: 'stt', consecutive: 1 });
    const policies = pipeline({ clock }, fallback('instead'), stt, timeout(5000));
    await expect(clock.run(turn.run('stt', policies, never))).rejects.toMatchObject({
      code: 'TIMED_OUT',
    });
    expect(await policies.run(() => 'still closed')).toBe('still closed');
  });

  test('lets a timeout of the step end it earlier, as a failure of its own', async () => {
    const { clock, turn } = setUp();
    const policies = pipeline({ clock }, fallback('instead'), timeout(50));
    expect(await clock.run(turn.run('stt', policies, never))).toBe('instead');
  });

  test('steps may run at once, and again', async () => {
    const { clock, turn, plain } = setUp();
    const llm = turn.run('llm', plain, () => clock.sleep(500));
    const tts = turn.run('tts', plain, () => clock.sleep(900));
    await clock.run(Promise.all([llm, tts]));
    expect(turn.allowedMs('llm')).toBeCloseTo(62.5);
  });
});

describe('a barge-in', () => {
  const reason = new Error('barge-in');

  test('ends the step at once, as cancelled, with its own reason', async () => {
    const { clock, caller, turn } = setUp();
    const policies = pipeline({ clock }, fallback('instead'), retry());
    const run = turn.run('llm', policies, never);
    clock.schedule(30, () => caller.abort(reason));
    await expect(clock.run(run)).rejects.toBe(reason);
    expect(clock.monotonicMs()).toBe(30);
    await clock.advance(1000);
    expect(clock.waitingTimers).toBe(0);
  });

  test('before a step lets it not begin', async () => {
    const { caller, turn, plain } = setUp();
    caller.abort(reason);
    let calls = 0;
    await expect(turn.run('llm', plain, () => calls++)).rejects.toBe(reason);
    expect(calls).toBe(0);
  });

  test('after the end of a step is nothing to it', async () => {
    const { clock, caller, turn, plain } = setUp();
    let told: AbortSignal | undefined;
    await clock.run(
      turn.run('llm', plain, async ({ signal }) => {
        told = signal;
      }),
    );
    caller.abort(reason);
    await clock.advance(1000);
    expect(told?.aborted).toBe(false);
    expect(clock.waitingTimers).toBe(0);
  });
});

test('property: the steps never take longer than the turn may, whatever they do', async () => {
  const step = fc.record({
    name: fc.constantFrom('stt', 'llm', 'tts' as const),
    takesMs: fc.integer({ min: 0, max: 3000 }),
    heeds: fc.boolean(),
    pauseMs: fc.integer({ min: 0, max: 300 }),
    attempts: fc.integer({ min: 1, max: 3 }),
    atOnce: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 8 }),
      fc.integer({ min: 1, max: 2000 }),
      async (all, totalMs) => {
        const { clock, turn } = setUp(totalMs);
        const running: Promise<unknown>[] = [];
        for (const { name, takesMs, heeds, pauseMs, attempts, atOnce } of all) {
          const allowedMs = turn.allowedMs(name);
          const beganMs = clock.monotonicMs();
          let calls = 0;
          const policies = pipeline({ clock }, retry({ maxAttempts: 3, backoff: constant(50) }));
          const run = turn
            .run(name, policies, async ({ signal }) => {
              await clock.sleep(takesMs, { signal: heeds ? signal : undefined });
              if (++calls < attempts) throw new Error('flaky');
            })
            .catch(() => undefined)
            .then(() => {
              expect(clock.monotonicMs() - beganMs).toBeLessThanOrEqual(allowedMs + 1e-6);
              expect(clock.monotonicMs() === beganMs || clock.monotonicMs() <= totalMs + 1e-6).toBe(true);
            });
          running.push(run);
          await clock.run(atOnce ? Promise.resolve() : run);
          await clock.advance(pauseMs);
        }
        await clock.run(Promise.all(running));
      },
    ),
    { numRuns: 100, seed: 29 },
  );
});

const make = (options: Partial<TurnDeadlineOptions<string>>) => () =>
  turnDeadline({ totalMs: 1000, steps, ...options });

test.each<[string, () => unknown, string]>([
  ['totalMs', make({ totalMs: 0 }), 'totalMs of a turn must be a number above 0'],
  ['no number', make({ totalMs: '5' as never }), 'totalMs of a turn must be a number above 0'],
  ['a share of nothing', make({ steps: { llm: 0 } }), 'the share llm of a turn must be a number above 0'],
  ['a share that is none', make({ steps: { llm: Number.NaN } }), 'got NaN'],
  [
    'a step that does not exist',
    () =>
      turnDeadline({ totalMs: 1, steps })
        .begin()
        .allowedMs('vision' as never),
    'the share vision of a turn must be a number above 0 to 9007199254740991; got undefined',
  ],
])('refuses %s', (_what, refuse, message) => {
  expect(refuse).toThrow(message);
});

test('a step that does not exist makes run reject', async () => {
  const { turn, plain } = setUp();
  await expect(turn.run('toString' as never, plain, never)).rejects.toThrow(
    'the share toString of a turn must be',
  );
});
