import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { type Attempt, breaker, bulkhead, fallback, pipeline, retry, stream, timeout } from '../index.ts';
import { layer } from '../pipeline/index.ts';
import { deadlines, flaky, hear, isSpeech, sources } from './stream.fixture.ts';

describe('a stream that is cancelled', () => {
  test('by a consumer that leaves early: the source is closed, and nothing counts as a failure', async () => {
    const clock = new SimulatedClock();
    const { work, closed, opened } = sources(clock, ['a', 'b', 'c']);
    const tts = breaker({ name: 'tts', consecutive: 1 });
    const policies = pipeline({ clock }, fallback(['sorry']), retry(), tts, deadlines);
    for await (const chunk of stream(policies, work)) {
      expect(chunk).toBe('a');
      break;
    }
    await clock.advance(0);
    expect([closed, opened.length, opened[0]?.signal.aborted]).toEqual([[0], 1, true]);
    expect(clock.waitingTimers).toBe(0);
    expect(await hear(clock, stream(policies, work))).toEqual(['0 a', '0 b', '0 c', '0 end']);
  });

  test('by a consumer that leaves while it waits: the wait ends at once', async () => {
    const clock = new SimulatedClock();
    const { work } = sources(clock, ['hangs!']);
    const reader = stream(pipeline({ clock }), work).getReader();
    const waiting = reader.read();
    await reader.cancel();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await reader.read()).toEqual({ done: true, value: undefined });
  });

  test('ends at once for its consumer when the source hangs, and for its policies when that heeds its signal', async () => {
    const clock = new SimulatedClock();
    const ended: string[] = [];
    const slot = {
      kind: 'slot',
      attach: () => layer({ cancelled: () => void ended.push('cancelled') as undefined }),
    };
    const hanging = async function* ({ signal }: Attempt) {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(flaky)));
      yield 'never';
    };
    const reader = stream(pipeline({ clock }, slot), hanging).getReader();
    const waiting = reader.read();
    await clock.advance(5);
    await reader.cancel();
    expect((await waiting).done).toBe(true);
    await clock.advance(0);
    expect(ended).toEqual(['cancelled']);
  });

  test('by the caller: a source that does not heed its signal keeps nobody waiting', async () => {
    const clock = new SimulatedClock();
    const { work, closed } = sources(clock, ['a', 500, 'b']);
    const caller = new AbortController();
    const deaf = (attempt: Attempt) => work({ ...attempt, signal: new AbortController().signal });
    clock.schedule(20, () => caller.abort(flaky));
    const heard = await hear(clock, stream(pipeline({ clock }), deaf, { signal: caller.signal }));
    expect(heard).toEqual(['0 a', '20 flaky']);
    await clock.advance(500);
    expect(closed).toEqual([0]);
  });

  test('by a timeout further out while nobody asks for more: the source is closed', async () => {
    const clock = new SimulatedClock();
    const { work, closed } = sources(clock, ['a', 'b']);
    const reader = stream(pipeline({ clock }, timeout(100)), work).getReader();
    expect(await reader.read()).toEqual({ done: false, value: 'a' });
    await clock.advance(100);
    expect(closed).toEqual([0]);
    await expect(reader.read()).rejects.toMatchObject({ code: 'TIMED_OUT' });
  });

  test('by a consumer that leaves between two chunks: a source that would hang is not asked for another, and closed', async () => {
    const clock = new SimulatedClock();
    const { work, closed } = sources(clock, ['a', 'hangs!']);
    const room = bulkhead({ name: 'tts', limit: 1 });
    for await (const _ of stream(pipeline({ clock }, room), work)) break;
    await clock.advance(0);
    expect(closed).toEqual([0]);
    expect(room.state.active).toBe(0);
  });

  test('by the caller while a chunk is judged: the source is closed, and the run ends', async () => {
    const clock = new SimulatedClock();
    const { work, closed } = sources(clock, ['stop', 'hangs!']);
    const room = bulkhead({ name: 'tts', limit: 1 });
    const caller = new AbortController();
    const isUseful = () => {
      caller.abort(flaky);
      return true;
    };
    const chunks = stream(pipeline({ clock }, room), work, { isUseful, signal: caller.signal });
    expect(await hear(clock, chunks)).toEqual(['0 flaky']);
    await clock.advance(0);
    expect([closed, room.state.active]).toEqual([[0], 0]);
  });

  test('by a consumer that leaves before it has begun: nothing is opened', async () => {
    const clock = new SimulatedClock();
    const { work, opened } = sources(clock, ['a']);
    const reader = stream(pipeline({ clock }), work).getReader();
    await reader.cancel();
    expect([(await reader.read()).done, opened.length]).toEqual([true, 0]);
  });

  test('by the caller: the reason comes at once, what was not handed over is dropped, the source is closed', async () => {
    const clock = new SimulatedClock();
    const caller = new AbortController();
    const reason = new Error('barge-in');
    const { work, closed } = sources(clock, ['', 'a', 5000, 'b']);
    const policies = pipeline({ clock }, fallback(['sorry']), retry());
    clock.schedule(20, () => caller.abort(reason));
    const heard = await hear(clock, stream(policies, work, { ...isSpeech, signal: caller.signal }), 15);
    expect(heard).toEqual(['0 ', '15 a', '30 barge-in']);
    await clock.advance(0);
    expect([closed, clock.waitingTimers]).toEqual([[0], 0]);
  });

  test('by the caller, before the start: nothing is opened', async () => {
    const clock = new SimulatedClock();
    const { work, opened } = sources(clock, ['a']);
    const heard = await hear(clock, stream(pipeline({ clock }), work, { signal: AbortSignal.abort(flaky) }));
    expect([heard, opened.length]).toEqual([['0 flaky'], 0]);
  });

  test('while it connects: a source that comes late is closed', async () => {
    const clock = new SimulatedClock();
    const { work } = sources(clock, ['a']);
    let closes = 0;
    const late = async (attempt: Attempt) => {
      await clock.sleep(500);
      const source = work(attempt);
      return {
        [Symbol.asyncIterator]: () => ({
          next: () => source.next(),
          return: async () => void closes++ as never,
        }),
      };
    };
    const heard = await hear(clock, stream(pipeline({ clock }, deadlines), late));
    expect(heard).toEqual(['100 pipeline: connect later than 100 ms']);
    await clock.advance(1000);
    expect(closes).toBe(1);
  });
});
