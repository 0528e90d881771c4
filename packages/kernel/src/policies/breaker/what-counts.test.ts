import { describe, expect, test } from 'vitest';
import { breaker, breakerState, pipeline, retry } from '../index.ts';
import { broken, circuit } from './circuit.fixture.ts';

describe('what a breaker counts', () => {
  test('nothing that the caller cancelled', async () => {
    const { begin, subject } = circuit({ consecutive: 1 });
    await begin().cancel();
    expect(breakerState(subject)).toMatchObject({ state: 'closed', failuresInARow: 0 });
  });

  test('errors that speak against the dependency: others count as successes', async () => {
    const { fail, subject } = circuit({ consecutive: 1, isFailure: (error) => error !== broken });
    await fail();
    expect(subject.phase.state).toBe('closed');
  });

  test('results that speak against it', async () => {
    const silent = breaker({ name: 'tts', consecutive: 2, isFailureResult: (audio: string) => audio === '' });
    const run = () => pipeline(silent).run(() => '');
    expect([await run(), await run()]).toEqual(['', '']);
    expect(silent.phase.state).toBe('open');
  });

  test('results that come later, too: such a breaker looks at each', async () => {
    const silent = breaker({ name: 'tts', consecutive: 2, isFailureResult: (audio: string) => audio === '' });
    const run = () => pipeline(silent).run(async () => '');
    expect([await run(), await run()]).toEqual(['', '']);
    expect(silent.phase.state).toBe('open');
  });

  test('each attempt, in all the pipelines that it is in', async () => {
    const shared = breaker({ name: 'llm', consecutive: 4 });
    const again = retry({ maxAttempts: 2, backoff: () => 0 });
    for (const policies of [pipeline(again, shared), pipeline(again, shared)]) {
      await policies.run(() => Promise.reject(broken)).catch(() => undefined);
    }
    expect(shared.phase.state).toBe('open');
  });
});
