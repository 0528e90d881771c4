import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { type Attempt, breaker, pipeline, staleCache, timeout } from '../index.ts';
import { caught, workshop } from './weather.fixture.ts';

describe('calls for the same at the same time', () => {
  test('are answered by one call of the work', async () => {
    const { clock, policies, work, attempts } = workshop();
    const runs = [1, 2, 3].map(() => policies.run(work, { key: 'berlin' }));
    const answers = await clock.run(Promise.all(runs));
    expect(answers).toEqual(['answer 1', 'answer 1', 'answer 1']);
    expect(attempts).toHaveLength(1);
  });

  test('fail of one call of the work, all with its error', async () => {
    const { clock, policies, work, failing, attempts } = workshop();
    failing.error = new Error('down');
    const runs = [1, 2].map(() => caught(policies.run(work, { key: 'berlin' })));
    const errors = await clock.run(Promise.all(runs));
    expect(errors).toEqual([failing.error, failing.error]);
    expect(attempts).toHaveLength(1);
  });

  test('are left alone by one that is cancelled, also the first', async () => {
    const { clock, policies, attempts, work } = workshop();
    const first = new AbortController();
    const second = new AbortController();
    const runs = [first.signal, second.signal, undefined].map((signal) =>
      policies.run(work, { key: 'berlin', signal }).catch((error: unknown) => error),
    );
    await clock.advance(5);
    first.abort('one left');
    second.abort('two left');
    expect(await Promise.all(runs.slice(0, 2))).toEqual(['one left', 'two left']);
    expect(clock.monotonicMs()).toBe(5);
    expect(attempts[0]?.signal.aborted).toBe(false);
    expect(await clock.run(runs[2] as Promise<unknown>)).toBe('answer 1');
  });

  test('stop the work when the last one has left; who comes then begins anew', async () => {
    const { clock, cache, policies, attempts, work, ask } = workshop();
    const controllers = [new AbortController(), new AbortController()];
    const runs = controllers.map(({ signal }) => caught(policies.run(work, { key: 'berlin', signal })));
    await clock.advance(5);
    controllers[0]?.abort('one');
    controllers[1]?.abort('two');
    expect(attempts[0]?.signal.reason).toBe('two');
    const late = ask();
    expect(await Promise.all(runs)).toEqual(['one', 'two']);
    expect(await late).toBe('answer 2');
    expect(cache.size).toBe(1);
  });

  test('stop the work when the last one has left, also when its answer is not to be kept any more', async () => {
    const { clock, cache, policies, attempts, work } = workshop();
    const controller = new AbortController();
    const run = caught(policies.run(work, { key: 'berlin', signal: controller.signal }));
    await clock.advance(5);
    cache.invalidate('berlin');
    controller.abort('gone');
    expect(await run).toBe('gone');
    expect(attempts[0]?.signal.reason).toBe('gone');
  });

  test('are let go by a timeout outside, each by its own', async () => {
    const { clock, cache, work, ask } = workshop();
    const hasty = pipeline({ clock, name: 'hasty' }, timeout(5), cache);
    const patient = ask();
    await expect(clock.run(hasty.run(work, { key: 'berlin' }))).rejects.toMatchObject({ code: 'TIMED_OUT' });
    expect(await patient).toBe('answer 1');
  });

  test('are cancelled, not failed, for the breaker inside when they stop the work', async () => {
    const clock = new SimulatedClock();
    const cache = staleCache({ name: 'weather', freshMs: 100 });
    const policies = pipeline({ clock }, cache, breaker({ name: 'origin', consecutive: 1 }));
    const controller = new AbortController();
    const work = ({ signal }: Attempt) => clock.sleep(10, { signal });
    const run = caught(policies.run(work, { key: 'a', signal: controller.signal }));
    await clock.advance(1);
    controller.abort('gone');
    expect(await run).toBe('gone');
    expect(await policies.run(() => 'closed', { key: 'b' })).toBe('closed');
  });
});
