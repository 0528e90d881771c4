import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { breakerFaults, breakerState, ramp, reconfigureBreaker } from '../index.ts';
import { circuit } from './circuit.fixture.ts';

/** A breaker whose probe has just succeeded. */
async function recovering(options: Parameters<typeof ramp>[0], consecutive = 100) {
  const all = circuit({ consecutive: 1, openMs: 1000, ramp: ramp(options) });
  await all.fail();
  await all.clock.advance(1000);
  await all.succeed();
  reconfigureBreaker(all.subject, { consecutive });
  all.changes.length = 0;
  return all;
}

describe('a breaker that recovers slowly', () => {
  test('lets a growing share of the calls pass (Polly#216, opossum#119, resilience4j#985: stampede)', async () => {
    const { clock, begin, subject, changes } = await recovering({ durationMs: 10_000 });
    const admitted: number[] = [];
    for (let second = 0; second < 10; second++) {
      let passed = 0;
      for (let i = 0; i < 100; i++) {
        await clock.advance(10);
        const call = begin();
        if (call.admitted()) passed++;
        await call.succeed();
      }
      admitted.push(passed);
    }
    // 5 % of the calls on average of the first second, 15 % of the second …; the very first passes at once.
    expect(admitted).toEqual([6, 15, 25, 35, 45, 55, 65, 75, 85, 95]);
    expect(breakerState(subject)).toMatchObject({ state: 'closed' });
    expect(changes).toEqual(['recovering → closed: recovered']);
  });

  test('refuses the others as an open one does, and says what it is doing', async () => {
    const { clock, begin, subject } = await recovering({ durationMs: 1000 });
    await begin().succeed();
    await clock.advance(250);
    const refused = begin();
    expect(await refused.succeed()).toSatisfy((error) => breakerFaults.CIRCUIT_OPEN.matches(error));
    expect(breakerState(subject)).toMatchObject({
      state: 'recovering',
      share: 0.25,
      failuresInARow: 0,
    });
  });

  test('opens again when too many of them fail', async () => {
    const { clock, begin, changes } = await recovering({
      durationMs: 100,
      failureRatio: 0.5,
      minimumCalls: 4,
    });
    await clock.advance(90);
    const calls = Array.from({ length: 6 }, begin).filter((call) => call.admitted());
    for (const call of calls.slice(0, 2)) await call.succeed();
    await calls[2]?.fail();
    expect(changes).toEqual([]);
    await calls[3]?.fail();
    expect(changes).toEqual(['recovering → open: recovery-failed']);
  });

  test('opens again by the rules of a closed one', async () => {
    const { clock, begin, changes } = await recovering({ durationMs: 100, minimumCalls: 50 }, 2);
    await clock.advance(90);
    await begin().fail();
    await begin().fail();
    expect(changes).toEqual(['recovering → open: consecutive-failures']);
  });

  test('counts on how often it has opened until it is closed', async () => {
    const { clock, begin, subject } = await recovering({ durationMs: 1000, minimumCalls: 1 });
    await begin().fail();
    expect(breakerState(subject)).toMatchObject({ state: 'open', timesOpened: 2 });
    await clock.advance(1000);
    await begin().succeed();
    await clock.advance(1000);
    await begin().succeed();
    reconfigureBreaker(subject, { consecutive: 1 });
    await begin().fail();
    expect(breakerState(subject)).toMatchObject({ state: 'open', timesOpened: 1 });
  });

  test('spends no share on calls that are cancelled, and counts them as nothing', async () => {
    const { begin, subject } = await recovering({ durationMs: 1000, minimumCalls: 1 });
    await begin().cancel();
    expect(breakerState(subject)).toMatchObject({ state: 'recovering', failuresInARow: 0, inFlight: 0 });
  });

  test('never lets more pass in a row than its share, whatever the times of the calls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(60), { minLength: 1, maxLength: 80 }), async (gaps) => {
        const { clock, begin } = await recovering({ durationMs: 1000 });
        let allowed = 1;
        let elapsedMs = 0;
        let passed = 0;
        for (const gapMs of gaps) {
          await clock.advance(gapMs);
          elapsedMs += gapMs;
          if (elapsedMs >= 1000) break;
          allowed += elapsedMs / 1000;
          const call = begin();
          if (call.admitted()) passed++;
          await call.succeed();
          expect(passed).toBeLessThanOrEqual(allowed + 1e-9);
          expect(passed).toBeGreaterThan(allowed - 1 - 1e-9);
        }
      }),
      { numRuns: 50 },
    );
  });
});

test.each([
  [{ durationMs: 0 }, 'durationMs of the ramp must be a number above 0'],
  [{ durationMs: 1, failureRatio: 1.5 }, 'failureRatio of the ramp must be a number above 0 to 1; got 1.5'],
  [{ durationMs: 1, minimumCalls: 0 }, 'minimumCalls of the ramp must be a whole number of 1 or more; got 0'],
])('%o is refused', (options, message) => {
  expect(() => ramp(options)).toThrow(message);
});
