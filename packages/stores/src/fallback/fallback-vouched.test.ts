import { describe, expect, it } from 'vitest';
import { ABSENT, storeFaults } from '../contract.ts';
import { type FallbackOptions, FIRST_LOCAL, fallbackFaults } from './index.ts';
import { REFUSING, STEADY, type Stand, stand } from './stand.fixture.ts';

const isLog = (key: string) => key.startsWith('log/');
const LOG: Partial<FallbackOptions> = { knowsAbsent: isLog, writtenOnce: isLog };

/** Creates it, and is told that it did. */
async function create(
  { store }: Stand,
  key: string,
  value: unknown,
  guard?: { key: string; revision: number },
) {
  const result = await store.compareAndSet(key, ABSENT, value, { guard });
  if (!result.ok) throw new Error(`${key} is there`);
  return result.revision;
}

describe('keys that the caller knows not to exist', () => {
  it('are created while the primary is away, and are in it once afterwards', async () => {
    const self = await stand(LOG);
    await self.leave();
    const revision = await create(self, 'log/1', 'one');
    expect(revision).toBeGreaterThanOrEqual(FIRST_LOCAL);
    expect(await self.store.get('log/1')).toEqual({ key: 'log/1', value: 'one', revision });
    expect(await self.store.compareAndSet('log/1', ABSENT, 'two')).toMatchObject({ ok: false });
    await self.comeBack();
    expect(self.applied).toEqual([{ key: 'log/1', value: 'one' }]);
    expect(self.store.state()).toMatchObject({ state: 'primary', conflicts: 0 });
  });

  it('also by the very operation that meets the outage, however its answer was lost', async () => {
    for (const options of [LOG, { knowsAbsent: isLog }]) {
      for (const fates of [
        REFUSING,
        { ...STEADY, lostBefore: 1 },
        { ...STEADY, lostAfter: 1 },
        { ...STEADY, late: 1 },
        { ...STEADY, hangs: 1 },
      ]) {
        const self = await stand(options);
        self.link.fates = fates;
        await self.clock.run(create(self, 'log/1', { id: 1 }));
        expect(self.store.state()).toMatchObject({ state: 'away', journalEntries: 1 });
        await self.comeBack();
        await self.clock.advance(10_000);
        expect(self.applied.filter(({ key }) => key === 'log/1')).toEqual([
          { key: 'log/1', value: { id: 1 } },
        ]);
        expect(self.store.state()).toMatchObject({ state: 'primary', conflicts: 0 });
      }
    }
  });

  it('are not said not to exist, and nothing else is done with them: only the caller knows', async () => {
    const { store, leave } = await stand(LOG);
    await leave();
    for (const asked of [
      store.get('log/1'),
      store.delete('log/1'),
      store.compareAndSet('log/1', 7, 'one'),
      store.touch('log/1', 7, 1000),
      store.compareAndSet('other', ABSENT, 'one'),
    ]) {
      await expect(asked).rejects.toSatisfy(fallbackFaults.NOT_KNOWN.matches);
    }
  });

  it('are a conflict where somebody has created them all the same', async () => {
    for (const isSent of [false, true]) {
      const self = await stand(LOG);
      if (isSent) {
        self.link.fates = { ...STEADY, lostBefore: 1 };
      } else {
        await self.leave();
      }
      await create(self, 'log/1', 'ours');
      await self.primary.set('log/1', 'theirs');
      await self.comeBack();
      expect((await self.primary.get('log/1'))?.value).toBe('theirs');
      expect((await self.store.conflicts()).conflicts).toMatchObject([
        { key: 'log/1', stays: 'theirs', base: { revision: ABSENT }, ours: { value: 'ours' } },
      ]);
    }
  });

  it('are not known by what this store has seen itself', async () => {
    const { store, leave } = await stand(LOG);
    await store.set('log/1', 'there');
    await leave();
    expect(await store.compareAndSet('log/1', ABSENT, 'ours')).toMatchObject({
      ...{ ok: false, entry: { value: 'there' } },
    });
  });

  it('are none when the function throws', async () => {
    const throwing = () => {
      throw new Error('no idea');
    };
    const self = await stand({ knowsAbsent: throwing, writtenOnce: throwing });
    await create(self, 'log/1', 'one');
    await self.leave();
    await expect(create(self, 'log/2', 'two')).rejects.toSatisfy(fallbackFaults.NOT_KNOWN.matches);
  });
});

describe('keys that are written once', () => {
  it('are sent without an operation id, unless the caller gives one', async () => {
    const self = await stand(LOG);
    const ids: unknown[] = [];
    const send = self.link.compareAndSet.bind(self.link);
    self.link.compareAndSet = (key, expected, value, options) => {
      ids.push(options?.operationId);
      return send<never>(key, expected, value, options);
    };
    const revision = await create(self, 'log/1', 1);
    await self.store.compareAndSet('log/2', ABSENT, 2, { operationId: 'mine' });
    await self.store.compareAndSet('log/1', revision, 3);
    await create(self, 'other', 4);
    expect(ids).toEqual([undefined, 'mine', expect.any(String), expect.any(String)]);
  });

  it('are told from those of others also by the next program, which was told nothing of them', async () => {
    for (const theirs of [undefined, 'theirs']) {
      const first = await stand(LOG);
      first.link.fates = { ...STEADY, [theirs === undefined ? 'lostAfter' : 'lostBefore']: 1 };
      await create(first, 'log/1', { id: 1, list: [1] });
      if (theirs !== undefined) await first.primary.set('log/1', theirs);
      const second = await first.restart({ options: { knowsAbsent: undefined, writtenOnce: undefined } });
      await second.clock.run(second.store.settled());
      expect(second.applied).toHaveLength(1);
      expect(second.store.state()).toMatchObject({ conflicts: theirs === undefined ? 0 : 1 });
    }
  });

  it('are replayed once, although the answer to that is lost, too', async () => {
    for (const fate of ['lostAfter', 'lostBefore', 'late'] as const) {
      const self = await stand(LOG);
      self.link.fates = { ...STEADY, [fate]: 1 };
      await create(self, 'log/1', { id: 1 });
      const send = self.link.compareAndSet.bind(self.link);
      let lost = 0;
      self.link.compareAndSet = (...given) => {
        if (lost++ < 2) self.link.fates = { ...STEADY, [fate]: 1 };
        const answer = send<never>(...given);
        self.link.fates = STEADY;
        return answer;
      };
      await self.comeBack();
      await self.comeBack();
      await self.clock.advance(10_000);
      expect(lost).toBeGreaterThan(1);
      expect(self.applied).toEqual([{ key: 'log/1', value: { id: 1 } }]);
      expect(self.store.state()).toMatchObject({ state: 'primary', conflicts: 0 });
    }
  });
});

describe('guards that are ignored', () => {
  const options: Partial<FallbackOptions> = { ...LOG, guards: 'ignore' };

  it('are not looked at while the primary is away, nor on return', async () => {
    const self = await stand(options);
    const head = await self.store.set('head', 'mine');
    await self.leave();
    await create(self, 'log/1', 1, { key: 'head', revision: head });
    const next = await self.store.set('head', 'mine, later');
    await create(self, 'log/2', 2, { key: 'head', revision: next });
    await self.comeBack();
    expect(self.store.state()).toMatchObject({ state: 'primary', conflicts: 0 });
    expect((await self.primary.list('log/')).entries.map(({ value }) => value)).toEqual([1, 2]);
  });

  it('are checked in the primary, by revisions of before, too', async () => {
    const self = await stand(options);
    const head = await self.store.set('head', 'mine');
    await self.leave();
    const away = await self.store.set('head', 'mine, later');
    await self.comeBack();
    const stale = create(self, 'log/1', 1, { key: 'head', revision: head });
    await expect(stale).rejects.toSatisfy(storeFaults.GUARD_LOST.matches);
    await create(self, 'log/1', 1, { key: 'head', revision: away });
  });

  it('hold while what they name is still in the journal, and the primary is back', async () => {
    const self = await stand(options);
    const { store, link, clock, primary } = self;
    await store.set('head', 'mine');
    await self.leave();
    const away = await store.set('head', 'mine, later');
    const send = link.compareAndSet.bind(link);
    const held = Promise.withResolvers<void>();
    link.compareAndSet = async (...given) => {
      if (given[0] === 'head') await held.promise;
      return send<never>(...given);
    };
    link.fates = STEADY;
    while (store.state().state !== 'returning') await clock.advance(10);
    await create(self, 'log/1', 1, { key: 'head', revision: away });
    const stale = create(self, 'log/2', 2, { key: 'head', revision: away - 1 });
    await expect(stale).rejects.toSatisfy(storeFaults.GUARD_LOST.matches);
    held.resolve();
    await clock.run(store.settled());
    expect(store.state()).toMatchObject({ state: 'primary', conflicts: 0 });
    expect((await primary.list('log/')).entries.map(({ value }) => value)).toEqual([1]);
    await create(self, 'log/2', 2, { key: 'head', revision: away });
  });
});

describe('guards that are checked on return', () => {
  it('may not be what was itself written while the primary was away: it does not know that', async () => {
    const { store, leave, comeBack } = await stand({ guards: 'check-on-return' });
    const before = await store.set('head', 'mine');
    await leave();
    const away = await store.set('head', 'mine, later');
    const write = store.set('a', 1, { guard: { key: 'head', revision: away } });
    await expect(write).rejects.toThrow(/guard was itself written while the primary was away/);
    const stale = store.set('a', 1, { guard: { key: 'head', revision: before } });
    await expect(stale).rejects.toSatisfy(storeFaults.GUARD_LOST.matches);
    await comeBack();
    await store.set('a', 1, { guard: { key: 'head', revision: away } });
    await leave();
    await store.set('a', 2, { guard: { key: 'head', revision: away } });
    await comeBack();
    expect(store.state()).toMatchObject({ state: 'primary', conflicts: 0 });
  });

  it('stay as they are until then, also by the next program: nothing is rejected for what came after it', async () => {
    const options = { guards: 'check-on-return' } as const;
    const first = await stand(options);
    const head = await first.store.set('head', 'mine', { ttlMs: 60_000 });
    await first.leave();
    await first.store.set('a', 1, { guard: { key: 'head', revision: head } });
    await expect(first.store.set('head', 'later')).rejects.toThrow(
      /guards writes that are still in the journal/,
    );
    expect(await first.store.touch('head', head, 60_000)).toBe(true);
    const second = await first.restart({ fates: REFUSING });
    await second.clock.advance(100);
    await expect(second.store.set('head', 'later')).rejects.toSatisfy(fallbackFaults.NOT_KNOWN.matches);
    await second.comeBack();
    await second.store.set('head', 'later');
    expect((await second.primary.get('a'))?.value).toBe(1);
    expect(second.store.state()).toMatchObject({ state: 'primary', conflicts: 0 });
  });
});

describe('settled', () => {
  it('resolves when all is in the primary, and at once when it is', async () => {
    const { store, leave, link, clock, primary } = await stand();
    await store.settled();
    await leave();
    await store.set('a', 1);
    let isSettled = false;
    const settling = store.settled().then(async () => {
      isSettled = true;
      expect(store.state().state).toBe('primary');
      expect((await primary.get('a'))?.value).toBe(1);
    });
    await clock.advance(10_000);
    expect(isSettled).toBe(false);
    link.fates = STEADY;
    await clock.run(settling);
    expect(isSettled).toBe(true);
  });

  it('rejects when the store is closed, when the journal is taken, and by the signal', async () => {
    const first = await stand();
    await first.leave();
    const controller = new AbortController();
    const aborted = first.store.settled({ signal: controller.signal });
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    const closed = first.store.settled();
    await first.store.close();
    await expect(closed).rejects.toSatisfy(storeFaults.STORE_CLOSED.matches);
    await expect(first.store.settled()).rejects.toSatisfy(storeFaults.STORE_CLOSED.matches);

    const taken = await stand();
    await taken.leave();
    const settling = taken.store.settled();
    const told = expect(settling).rejects.toSatisfy(fallbackFaults.JOURNAL_TAKEN.matches);
    await taken.spare.set('fallback/main/owner', 'another');
    await taken.store.set('a', 1).catch(() => undefined);
    await told;
    await expect(taken.store.settled()).rejects.toSatisfy(fallbackFaults.JOURNAL_TAKEN.matches);
  });
});
