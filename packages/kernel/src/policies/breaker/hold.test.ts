import { describe, expect, test } from 'vitest';
import {
  breakerState,
  forceClosed,
  isolate,
  quotaExhausted,
  ramp,
  rateLimited,
  resetBreaker,
} from '../index.ts';
import { circuit } from './circuit.fixture.ts';

describe('an isolated breaker', () => {
  test('refuses until everyone has released it, once each', async () => {
    const { subject, begin, changes, succeed } = circuit();
    const [first, second] = [isolate(subject), isolate(subject)];
    expect(breakerState(subject)).toMatchObject({ state: 'isolated', retryAfterMs: null });
    expect(await begin().succeed()).toMatchObject({
      context: { retryAfterMs: null },
      message: 'llm is isolated',
    });
    first();
    first();
    expect(breakerState(subject)).toMatchObject({ state: 'isolated', retryAfterMs: null });
    second();
    expect(await succeed()).toBe('answer');
    expect(changes).toEqual(['closed → isolated: isolated', 'isolated → closed: released']);
  });

  test('cannot be isolated by a release from before', async () => {
    const { subject } = circuit();
    const release = isolate(subject);
    release();
    isolate(subject);
    release();
    expect(breakerState(subject)).toMatchObject({ state: 'isolated', retryAfterMs: null });
  });
});

describe('a breaker that is forced closed', () => {
  test('lets all calls pass until everyone has released it, once each', async () => {
    const { subject, fail, changes } = circuit({ consecutive: 1 });
    const [first, second] = [forceClosed(subject), forceClosed(subject)];
    for (let i = 0; i < 3; i++) await fail();
    expect(breakerState(subject)).toMatchObject({ state: 'forced-closed' });
    first();
    first();
    expect(breakerState(subject)).toMatchObject({ state: 'forced-closed' });
    second();
    await fail();
    expect(changes).toEqual([
      'closed → forced-closed: forced-closed',
      'forced-closed → closed: released',
      'closed → open: consecutive-failures',
    ]);
  });

  test('still counts, and says why it would have opened: metrics only', async () => {
    const { subject, fail } = circuit({ consecutive: 2 });
    forceClosed(subject);
    await fail();
    expect(breakerState(subject)).toMatchObject({ failuresInARow: 1, wouldOpen: undefined });
    await fail();
    expect(breakerState(subject)).toMatchObject({ failuresInARow: 2, wouldOpen: 'consecutive-failures' });
  });

  test('is closed again at once when it was open', async () => {
    const { subject, fail, succeed, changes } = circuit({ consecutive: 1 });
    await fail();
    const release = forceClosed(subject);
    expect(await succeed()).toBe('answer');
    release();
    expect(breakerState(subject)).toMatchObject({ state: 'closed', failuresInARow: 0 });
    expect(changes.slice(1)).toEqual([
      'open → forced-closed: forced-closed',
      'forced-closed → closed: released',
    ]);
  });

  test('is weaker than isolation, whichever comes first', () => {
    const { subject, changes } = circuit();
    const force = forceClosed(subject);
    const release = isolate(subject);
    expect(subject.phase.state).toBe('isolated');
    release();
    expect(subject.phase.state).toBe('forced-closed');
    const again = isolate(subject);
    force();
    expect(subject.phase.state).toBe('isolated');
    again();
    expect(changes).toEqual([
      'closed → forced-closed: forced-closed',
      'forced-closed → isolated: isolated',
      'isolated → forced-closed: released',
      'forced-closed → isolated: isolated',
      'isolated → closed: released',
    ]);
  });

  test('goes by no limit and no reset, and neither does an isolated one', () => {
    for (const hold of [forceClosed, isolate]) {
      const { subject, changes } = circuit();
      const release = hold(subject);
      rateLimited(1000)(subject);
      quotaExhausted()(subject);
      resetBreaker(subject);
      expect(changes).toHaveLength(1);
      release();
      expect(subject.phase.state).toBe('closed');
    }
  });
});

test('a reset closes an open breaker, with nothing counted', async () => {
  const { subject, fail, succeed, changes } = circuit({ consecutive: 2 });
  await fail();
  resetBreaker(subject);
  expect(breakerState(subject)).toMatchObject({ failuresInARow: 0 });
  expect(changes).toEqual([]);
  await fail();
  await fail();
  resetBreaker(subject);
  expect(await succeed()).toBe('answer');
  expect(changes).toEqual(['closed → open: consecutive-failures', 'open → closed: reset']);
});

test('a slow reset closes it as the probes would have: by its ramp, or at once where it has none', async () => {
  const slow = circuit({ consecutive: 1, ramp: ramp({ durationMs: 1000 }) });
  await slow.fail();
  resetBreaker(slow.subject, true);
  expect(slow.changes.at(-1)).toBe('open → recovering: reset');
  await slow.clock.advance(1000);
  await slow.succeed();
  expect(slow.changes.at(-1)).toBe('recovering → closed: recovered');
  const fast = circuit({ consecutive: 1 });
  await fast.fail();
  resetBreaker(fast.subject, true);
  expect(fast.changes.at(-1)).toBe('open → closed: reset');
});
