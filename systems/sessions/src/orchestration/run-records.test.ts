import { SimulatedClock, seededRandom } from '@sustain/kernel';
import { type Store, storeFaults } from '@sustain/stores/contract';
import { memoryStore } from '@sustain/stores/memory';
import { expect, it } from 'vitest';
import { sessionFaults } from '../faults.ts';
import { createSessionManager } from '../manager/index.ts';
import type { ErrorInfo, Run } from './run.ts';
import { added, begun, cancelled, failed } from './run-changes.ts';
import { RunRecords } from './run-records.ts';

const key = { appName: 'studio', userId: 'ada', sessionId: 's-1' };
const info: ErrorInfo = {
  ...{ code: 'BROKEN', message: 'broken', severity: 'ERROR', retryable: false },
  ...{ operationId: 'o', operation: 'test', wallMs: 0 },
};

/** Records of a run in a real session; answers of the store's writes are lost while `losing` is above 0. */
async function records() {
  const clock = new SimulatedClock();
  const random = seededRandom(1);
  const memory = memoryStore({ clock });
  const drill = { losing: 0 };
  const losesAnswers = async (...args: Parameters<Store['compareAndSet']>) => {
    const answer = await memory.compareAndSet(...args);
    if (drill.losing === 0 || !args[0].includes('/log/')) return answer;
    drill.losing--;
    throw storeFaults.OUTCOME_UNKNOWN({ store: 'test', key: args[0], reason: 'drilled' });
  };
  const store = new Proxy(memory, {
    get(_, name) {
      if (name === 'compareAndSet') return losesAnswers;
      const value = memory[name as keyof Store];
      return typeof value === 'function' ? value.bind(memory) : value;
    },
  });
  const manager = createSessionManager({
    primary: store,
    instance: 'one',
    clock,
    random,
    retry: { maxAttempts: 1 },
  });
  const { createdWallMs } = await manager.createSession(key);
  const own = new RunRecords(manager, 3, clock, random);
  const facts = { orchestration: 'film', addedWallMs: clock.wallMs(), operationId: 'o' };
  const place = (runId = 'r-1') => ({ key, sessionCreatedWallMs: createdWallMs, runId });
  const first = (runId = 'r-1'): Run => added({ ...facts, runId }, ['script'], own.change().writeId);
  const revision = async () => (await manager.getSession(key)).revision;
  return { own, manager, drill, place, first, revision, clock };
}

it('a record is written only by who has seen the one before', async () => {
  const { own, place, first } = await records();
  const one = first();
  expect(await own.swap(place(), undefined, one)).toEqual({ ok: true });
  expect(await own.swap(place(), undefined, first())).toEqual({ ok: false, run: one });
  const two = begun(one, own.change());
  expect(await own.swap(place(), one, two)).toEqual({ ok: true });
  expect(await own.swap(place(), one, begun(one, own.change()))).toEqual({ ok: false, run: two });
  expect(await own.read(place())).toEqual(two);
});

it('of many that write at once exactly one does', async () => {
  const { own, place, first } = await records();
  const swapped = await Promise.all(Array.from({ length: 20 }, () => own.swap(place(), undefined, first())));
  expect(swapped.filter(({ ok }) => ok)).toHaveLength(1);
});

it.each([0, 8])(
  'of two that write upon one record one does, also after %i changes of users in between',
  async (changes) => {
    const { own, place, first, manager, clock } = await records();
    const running = begun(first(), own.change());
    await own.swap(place(), undefined, running);
    const other = new RunRecords(manager, 3, clock, seededRandom(2));
    const stopped = cancelled(running, 'enough', other.change());
    let left = changes;
    let swapped: unknown;
    const overtaken = new Proxy(manager, {
      get(_, name) {
        const value = manager[name as keyof typeof manager] as (...args: never[]) => unknown;
        if (name !== 'updateSessionState') return value.bind(manager);
        return async (...args: never[]) => {
          if (left-- > 0) await manager.updateSessionState(key, { set: { user: left } });
          else swapped = await other.swap(place(), running, stopped);
          return value.apply(manager, args);
        };
      },
    });
    const late = new RunRecords(overtaken, 3, clock, seededRandom(3));
    const done = failed(running, info, late.change());
    const { ok } = await late.swap(place(), running, done);
    swapped ??= await other.swap(place(), running, stopped);
    expect(swapped).toEqual(ok ? { ok: false, run: done } : { ok: true });
    expect(await own.read(place())).toEqual(ok ? done : stopped);
  },
);

it('what somebody has taken out is not begun anew; who knows that records the end of it', async () => {
  const { own, place, first, manager } = await records();
  await own.swap(place(), undefined, first());
  await manager.updateSessionState(key, { remove: ['orchestration:r-1'] });
  const gone = { ok: false, run: undefined };
  expect(await own.swap(place(), undefined, first())).toEqual(gone);
  const end = failed(first(), info, own.change());
  expect(await own.swap(place(), 'taken-out', end)).toEqual({ ok: true });
  expect(await own.read(place())).toEqual(end);
});

it('a write whose answer was lost is done once, and told as done', async () => {
  const { own, place, first, drill, revision, clock } = await records();
  drill.losing = 2;
  const one = first();
  expect(await clock.run(own.swap(place(), undefined, one))).toEqual({ ok: true });
  expect(await own.swap(place(), undefined, one)).toEqual({ ok: true });
  expect(await revision()).toBe(2);
});

it('users who change the session without a pause hold no run up, and lose nothing', async () => {
  const { own, place, first, manager, revision } = await records();
  let isOver = false;
  let changes = 0;
  const users = [1, 2, 3, 4].map(async (user) => {
    while (!isOver && changes < 10_000) {
      await manager.updateSessionState(key, { set: { [`user${user}`]: ++changes } });
    }
  });
  expect(await own.swap(place(), undefined, first())).toEqual({ ok: true });
  isOver = true;
  const until = changes;
  await Promise.all(users);
  expect(until).toBeLessThan(1000);
  expect(await revision()).toBe(2 + changes);
});

it('another session of the same id is not the one that the run was started for', async () => {
  const { own, place, first, manager, clock } = await records();
  await manager.deleteSession(key);
  await clock.advance(1);
  await manager.createSession(key);
  await expect(own.swap(place(), undefined, first())).rejects.toSatisfy(
    sessionFaults.SESSION_NOT_FOUND.matches,
  );
  expect((await manager.getSession(key)).state).toEqual({});
});

it('what somebody else has written in its place is told as damaged, not overwritten', async () => {
  const { own, place, first, manager } = await records();
  await manager.updateSessionState(key, { set: { 'orchestration:r-1': { state: 'completed' } } });
  await expect(own.swap(place(), undefined, first())).rejects.toMatchObject({
    code: 'SESSION_STORAGE_CORRUPTED',
    context: { key: 'orchestration:r-1' },
  });
});
