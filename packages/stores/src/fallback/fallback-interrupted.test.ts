import { FlakyStore } from '@sustain/drills/stores';
import { pipeline, Signals, SimulatedClock, seededRandom, timeout } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { ABSENT, storeFaults } from '../contract.ts';
import { createStore } from '../create-store.ts';
import { MemoryBackend, memoryStore } from '../memory/index.ts';
import { fallbackChanged, fallbackStore } from './index.ts';
import { REFUSING, STEADY, stand } from './stand.fixture.ts';

it('a caller whose own time is up says nothing of the primary', async () => {
  const { store, link, clock } = await stand();
  link.fates = { ...STEADY, slow: 1 };
  const impatient = pipeline({ name: 'caller', clock }, timeout(1));
  for (let at = 0; at < 10; at++) {
    const reads: ((signal: AbortSignal) => Promise<unknown>)[] = [
      (signal) => store.get('a', { signal }),
      (signal) => store.list('', { signal }),
    ];
    for (const read of reads) {
      await clock.run(impatient.run(({ signal }) => read(signal))).catch(() => undefined);
      await clock.advance(100);
      expect(store.state().state).toBe('primary');
    }
  }
});

describe('a return that is interrupted', () => {
  it('does not take its own later write for that of others, where a touch came before it', async () => {
    const { store, leave, link, primary, comeBack } = await stand();
    const revision = await store.set('a', 1);
    await leave();
    await store.touch('a', revision, 60_000);
    await store.set('a', 2);
    const send = link.compareAndSet.bind(link);
    link.compareAndSet = async (...given) => {
      link.compareAndSet = send;
      await send(...given);
      throw storeFaults.OUTCOME_UNKNOWN({ store: 'primary', key: 'a', reason: 'the answer was lost' });
    };
    await comeBack();
    expect((await primary.get('a'))?.value).toBe(2);
    expect(store.state()).toMatchObject({ state: 'primary', conflicts: 0 });
  });

  it('ends although what is there now is damaged', async () => {
    const { store, link, comeBack, primary } = await stand();
    link.fates = { ...STEADY, lostBefore: 1 };
    await store.set('a', 1).catch(() => undefined);
    expect(store.state()).toMatchObject({ state: 'away', journalEntries: 1 });
    const get = link.get.bind(link);
    link.get = async (key, options) => {
      if (key === 'a' && (await primary.get('a')) === undefined) {
        throw storeFaults.ENTRY_CORRUPTED({ store: 'primary', key, reason: 'bits', quarantinedAs: null });
      }
      return get<never>(key, options);
    };
    await comeBack();
    expect(store.state().state).toBe('primary');
  });

  it('ends although the id of a write was used up by another before', async () => {
    const { store, link, comeBack } = await stand();
    await store.delete('b', { operationId: 'same' });
    link.fates = { ...STEADY, lostBefore: 1 };
    await store.set('a', 1, { operationId: 'same' }).catch(() => undefined);
    await comeBack();
    expect(store.state().state).toBe('primary');
  });

  it('ends although the other side of a conflict is larger than the spare allows', async () => {
    const { store, leave, comeBack, primary, spare } = await stand({
      onConflict: { rebase: ({ ours }) => ours },
    });
    await store.set('a', 'base');
    await leave();
    await store.set('a', 'ours');
    await primary.set('a', 'x'.repeat(1000));
    const set = spare.set.bind(spare);
    spare.set = async (key, value, options) => {
      if (JSON.stringify(value).length > 900) {
        throw storeFaults.VALUE_TOO_LARGE({
          store: 'spare',
          key,
          reason: 'large',
          sizeBytes: 1000,
          limitBytes: 900,
        });
      }
      return set(key, value, options);
    };
    await comeBack();
    expect(store.state()).toMatchObject({ state: 'primary', conflicts: 1 });
    expect((await store.conflicts()).conflicts).toMatchObject([
      { stays: 'theirs', reason: expect.stringContaining('too large'), ours: { value: 'ours' } },
    ]);
    expect((await primary.get('a'))?.value).toHaveLength(1000);
  });
});

it.each([-3_600_000, 3_600_000])(
  'a clock that is set by %i ms while the primary is away changes no time to live',
  async (stepMs) => {
    const { store, leave, clock, primary, comeBack } = await stand();
    await store.set('base', 1, { ttlMs: 1000 });
    await leave();
    await store.set('a', 1, { ttlMs: 60_000 });
    await store.set('short', 1, { ttlMs: 1000 });
    await store.set('short', 2, { ttlMs: 60_000 });
    const wallMs = clock.wallMs.bind(clock);
    clock.wallMs = () => wallMs() + stepMs;
    await clock.advance(30_000);
    await comeBack();
    expect(store.state()).toMatchObject({ state: 'primary', conflicts: 0 });
    expect((await primary.get('a'))?.value).toBe(1);
    expect((await primary.get('short'))?.value).toBe(2);
    await clock.advance(30_000);
    expect(await primary.get('a')).toBeUndefined();
  },
);

it('an operation that was journalled is done once, also when the program was killed before it was asked again', async () => {
  const first = await stand();
  await first.store.get('a');
  await first.leave();
  const created = await first.store.compareAndSet('a', ABSENT, 1, { operationId: 'creation' });
  await first.store.set('a', 2, { operationId: 'second' });
  const second = await first.restart({ fates: REFUSING });
  expect(await second.store.compareAndSet('a', ABSENT, 1, { operationId: 'creation' })).toEqual(created);
  expect((await second.store.get('a'))?.value).toBe(2);
  await second.comeBack();
  expect(second.applied.map(({ value }) => value)).toEqual([1, 2]);
});

it('what is damaged in the journal is told when it is opened, and keeps nothing else from being brought in', async () => {
  const clock = new SimulatedClock();
  const backend = new MemoryBackend(clock);
  const [primary, spare] = [memoryStore({ clock }), createStore(backend, { clock })];
  const link = new FlakyStore(primary, clock, seededRandom(1));
  const signals = new Signals({ clock });
  const reasons: string[] = [];
  signals.on(fallbackChanged, ({ data }) => void reasons.push(data.reason));
  const open = () =>
    fallbackStore({ primary: link, spare, onConflict: 'reject', acceptLoss: true, clock, signals });
  const first = open();
  await clock.advance(0);
  link.fates = REFUSING;
  for (const key of ['a', 'b']) await first.set(key, 1);
  await first.close();
  const [damaged] = await backend.list('fallback/main/journal/', undefined, 1);
  if (damaged === undefined) throw new Error('nothing is in the journal');
  const { key, text } = damaged;
  const none = { expected: undefined, ttlMs: undefined, operationId: undefined, guard: undefined };
  await backend.write({ key, text: text.replace('"a"', '"c"'), ...none });
  link.fates = STEADY;
  reasons.length = 0;
  const second = open();
  await clock.advance(1000);
  expect(second.state().state).toBe('primary');
  expect((await primary.list('')).entries.map(({ key }) => key)).toEqual(['b']);
  expect(reasons[0]).toContain(`1 entry of it is damaged and stays in the spare: "${key}"`);
});

it('a program whose journal was taken while it was stopped goes on with none of it', async () => {
  const first = await stand();
  await first.store.get('a');
  await first.leave();
  await first.store.set('a', 1);
  const second = fallbackStore({
    ...{ primary: first.primary, spare: first.spare, clock: first.clock },
    ...{ onConflict: 'reject', acceptLoss: true },
  });
  await first.clock.advance(1000);
  expect(second.state().state).toBe('primary');
  await first.comeBack().catch(() => undefined);
  expect(first.store.state().state).toBe('taken');
});

it('nor with what the spare had written before, and tells of only now', async () => {
  const first = await stand();
  const { store, leave, link, spare, primary, clock } = first;
  await leave();
  const told = Promise.withResolvers<void>();
  const set = spare.set.bind(spare);
  spare.set = async (...given) => {
    spare.set = set;
    const revision = await set(...given);
    await told.promise;
    return revision;
  };
  const written = store.set('a', 1);
  fallbackStore({ ...{ primary, spare, clock }, onConflict: 'reject', acceptLoss: true });
  await clock.advance(1000);
  await expect(store.set('b', 1)).rejects.toMatchObject({ code: 'JOURNAL_TAKEN' });
  told.resolve();
  await written;
  link.fates = STEADY;
  await primary.set('a', 2);
  expect((await store.list('a')).entries).toMatchObject([{ value: 2 }]);
  await store.set('a', 3);
  expect((await primary.get('a'))?.value).toBe(3);
});

it('what is in the journal by the time of closing is not overtaken in the primary', async () => {
  const first = await stand();
  const { store, leave, link, clock, primary } = first;
  await leave();
  await store.set('a', 1);
  const send = link.compareAndSet.bind(link);
  link.compareAndSet = async (key) => {
    link.compareAndSet = send;
    await clock.sleep(50);
    throw storeFaults.OUTCOME_UNKNOWN({ store: 'primary', key, reason: 'the answer was lost' });
  };
  link.fates = STEADY;
  while (store.state().state !== 'returning') await clock.advance(10);
  const writing = store.set('a', 2);
  const closing = store.close();
  await clock.run(Promise.all([writing, closing]));
  expect(await primary.get('a')).toBeUndefined();
  const second = await first.restart();
  await second.clock.advance(100);
  expect((await primary.get('a'))?.value).toBe(2);
  expect(second.store.state()).toMatchObject({ state: 'primary', conflicts: 0 });
});

it('closing waits for the write that is under way, and not for all of its key', async () => {
  const { store, leave, link, clock } = await stand();
  await leave();
  for (let at = 0; at < 1000; at++) await store.set('a', at);
  link.fates = { ...STEADY, slow: 1 };
  while (store.state().state !== 'returning') await clock.advance(10);
  await clock.advance(100);
  const before = clock.monotonicMs();
  await clock.run(store.close());
  expect(clock.monotonicMs() - before).toBeLessThan(200);
});
