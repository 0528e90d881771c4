import { describe, expect, test } from 'vitest';
import { forceClosed, isolate, quotaExhausted, rateLimited } from '../index.ts';
import { circuit } from './circuit.fixture.ts';

describe('an isolated breaker', () => {
  test('refuses until everyone has released it, once each', async () => {
    const { subject, begin, changes, succeed } = circuit();
    const [first, second] = [isolate(subject), isolate(subject)];
    expect(subject.state).toEqual({ state: 'isolated', retryAfterMs: null });
    expect(await begin().succeed()).toMatchObject({
      context: { retryAfterMs: null },
      message: 'llm is open',
    });
    first();
    first();
    expect(subject.state).toEqual({ state: 'isolated', retryAfterMs: null });
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
    expect(subject.state).toEqual({ state: 'isolated', retryAfterMs: null });
  });
});

describe('a breaker that is forced closed', () => {
  test('lets all calls pass until everyone has released it, once each', async () => {
    const { subject, fail, changes } = circuit({ consecutive: 1 });
    const [first, second] = [forceClosed(subject), forceClosed(subject)];
    for (let i = 0; i < 3; i++) await fail();
    expect(subject.state).toMatchObject({ state: 'forced-closed' });
    first();
    first();
    expect(subject.state).toMatchObject({ state: 'forced-closed' });
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
    expect(subject.state).toMatchObject({ counted: [{ failures: 1 }], wouldOpen: undefined });
    await fail();
    expect(subject.state).toMatchObject({ counted: [{ failures: 2 }], wouldOpen: 'consecutive-failures' });
  });

  test('is closed again at once when it was open', async () => {
    const { subject, fail, succeed, changes } = circuit({ consecutive: 1 });
    await fail();
    const release = forceClosed(subject);
    expect(await succeed()).toBe('answer');
    release();
    expect(subject.state).toMatchObject({ state: 'closed', counted: [{ failures: 0 }] });
    expect(changes.slice(1)).toEqual([
      'open → forced-closed: forced-closed',
      'forced-closed → closed: released',
    ]);
  });

  test('is weaker than isolation, whichever comes first', () => {
    const { subject, changes } = circuit();
    const force = forceClosed(subject);
    const release = isolate(subject);
    expect(subject.state.state).toBe('isolated');
    release();
    expect(subject.state.state).toBe('forced-closed');
    const again = isolate(subject);
    force();
    expect(subject.state.state).toBe('isolated');
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
      subject.limit(rateLimited(1000));
      subject.limit(quotaExhausted());
      subject.reset();
      expect(changes).toHaveLength(1);
      release();
      expect(subject.state.state).toBe('closed');
    }
  });
});

test('a reset closes an open breaker, with nothing counted', async () => {
  const { subject, fail, succeed, changes } = circuit({ consecutive: 2 });
  await fail();
  subject.reset();
  expect(subject.state).toMatchObject({ counted: [{ failures: 0 }] });
  expect(changes).toEqual([]);
  await fail();
  await fail();
  subject.reset();
  expect(await succeed()).toBe('answer');
  expect(changes).toEqual(['closed → open: consecutive-failures', 'open → closed: reset']);
});
