import { describe, expect, test } from 'vitest';
import { breaker, pipeline, retry } from '../index.ts';
import { broken, circuit } from './circuit.fixture.ts';

describe('what a breaker counts', () => {
  test('nothing that the caller cancelled', async () => {
    const { begin, subject } = circuit({ consecutive: 1 });
    await begin().cancel();
    expect(subject.state).toMatchObject({ state: 'closed', counted: [{ failures: 0 }] });
  });

  test('errors that speak against the dependency: others count as successes', async () => {
    const { fail, subject } = circuit({ consecutive: 1, isFailure: (error) => error !== broken });
    await fail();
    expect(subject.state.state).toBe('closed');
  });

  test('results that speak against it', async () => {
    const silent = breaker({ name: 'tts', consecutive: 2, isFailureResult: (audio: string) => audio === '' });
    const run = () => pipeline(silent).run(() => '');
    expect([await run(), await run()]).toEqual(['', '']);
    expect(silent.state.state).toBe('open');
  });

  test('results that come later, too: such a breaker looks at each', async () => {
    const silent = breaker({ name: 'tts', consecutive: 2, isFailureResult: (audio: string) => audio === '' });
    const run = () => pipeline(silent).run(async () => '');
    expect([await run(), await run()]).toEqual(['', '']);
    expect(silent.state.state).toBe('open');
  });

  test('results that are reported by hand: what a stream has come to before it ends', async () => {
    const { subject, clock, begin, succeed, changes } = circuit({ consecutive: 2, openMs: 1000 });
    const stream = begin();
    subject.report('failure');
    subject.report('success');
    subject.report('failure');
    expect(subject.state).toMatchObject({ state: 'closed', counted: [{ failures: 1 }] });
    subject.report('failure');
    expect(subject.state.state).toBe('open');
    subject.report('failure');
    await stream.succeed();
    await clock.advance(1000);
    await succeed();
    expect(changes).toEqual([
      'closed → open: consecutive-failures',
      'open → half-open: wait-over',
      'half-open → closed: probes-succeeded',
    ]);
  });

  test('each attempt, in all the pipelines that it is in', async () => {
    const shared = breaker({ name: 'llm', consecutive: 4 });
    const again = retry({ maxAttempts: 2, backoff: () => 0 });
    for (const policies of [pipeline(again, shared), pipeline(again, shared)]) {
      await policies.run(() => Promise.reject(broken)).catch(() => undefined);
    }
    expect(shared.state.state).toBe('open');
  });
});
