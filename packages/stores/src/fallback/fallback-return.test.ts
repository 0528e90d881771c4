import { describe, expect, it } from 'vitest';
import { ABSENT, type Change, type Store, storeFaults } from '../contract.ts';
import { type ConflictRule, fallbackChanged, fallbackConflict, fallbackReplayed } from './index.ts';
import { REFUSING, STEADY, type Stand, stand } from './stand.fixture.ts';

describe('on return', () => {
  it('a primary that flaps is not come back to: so many looks in a row must succeed', async () => {
    const { store, leave, link, clock } = await stand({ probeEveryMs: 100, successes: 3 });
    await leave();
    await store.set('a', 1);
    const set = link.set.bind(link);
    let looks = 0;
    link.set = (key, value, options) => {
      link.fates = ++looks % 3 === 0 ? REFUSING : STEADY;
      return set(key, value, options);
    };
    await clock.advance(10_000);
    expect(looks).toBeGreaterThan(70);
    expect(store.state()).toMatchObject({ state: 'away', journalEntries: 1 });
    link.set = set;
    link.fates = STEADY;
    await clock.advance(600);
    expect(store.state().state).toBe('primary');
  });

  it('the journal is brought in, each key in order, and the return is told', async () => {
    const { store, leave, comeBack, applied, told } = await stand();
    await leave();
    for (let at = 0; at < 250; at++) await store.set(`k/${at % 10}`, at);
    await comeBack();
    expect(store.state()).toMatchObject({ state: 'primary', conflicts: 0 });
    for (let key = 0; key < 10; key++) {
      const order = applied.filter((write) => write.key === `k/${key}`).map(({ value }) => value);
      expect(order).toEqual(Array.from({ length: 25 }, (_, at) => at * 10 + key));
    }
    const progress = told.filter(({ type }) => type === fallbackReplayed.type).map(({ data }) => data);
    expect(progress).toEqual([
      { replayed: 100, left: 150 },
      { replayed: 200, left: 50 },
      { replayed: 250, left: 0 },
    ]);
    const changes = told.filter(({ type }) => type === fallbackChanged.type).map(({ data }) => data);
    expect(changes).toMatchObject([
      { from: 'opening', to: 'primary' },
      {
        ...{ from: 'primary', to: 'away', reason: expect.stringContaining('refused') },
        error: expect.toSatisfy(storeFaults.STORE_UNAVAILABLE.matches),
      },
      { from: 'away', to: 'returning', journalEntries: 250 },
      { from: 'returning', to: 'primary', journalEntries: 0 },
    ]);
  });

  it('a key that is written all the time does not keep it from ending', async () => {
    const { store, leave, link, spare, clock } = await stand();
    await leave();
    for (let at = 0; at < 100; at++) await store.set('hot', at);
    link.fates = spare.fates = { ...STEADY, slow: 1 };
    let written = 0;
    let isOver = false;
    const writing = (async () => {
      while (!isOver) await store.set('hot', `after ${written++}`);
    })();
    await clock.advance(10_000);
    expect(store.state().state).toBe('primary');
    isOver = true;
    await clock.run(writing);
    expect(written).toBeGreaterThan(20);
  });

  it('revisions of before go on being taken for what they stand for', async () => {
    const { store, leave, comeBack } = await stand();
    await leave();
    const one = await store.set('a', 1);
    const gone = await store.set('b', 1);
    await store.set('b', 2);
    await comeBack();
    expect((await store.compareAndSet('b', gone, 3)).ok).toBe(false);
    const two = await store.compareAndSet('a', one, 2);
    expect(two.ok).toBe(true);
    expect((await store.compareAndSet('a', one, 3)).ok).toBe(false);
    expect(await store.delete('a', { revision: two.ok ? two.revision : 0 })).toBe(true);
  });

  it('a request that was under way all the time does not undo what others have written since', async () => {
    const { store, link, comeBack, primary } = await stand();
    await store.set('a', 'before');
    const underWay = Promise.withResolvers<void>();
    const send = link.set.bind(link);
    link.set = async (key, value, options) => {
      void underWay.promise.then(() => primary.set(key, value, { ...options, signal: undefined }));
      throw storeFaults.OUTCOME_UNKNOWN({ store: 'primary', key, reason: 'the answer was lost' });
    };
    await store.set('a', 'late');
    link.set = send;
    await primary.set('a', 'theirs');
    await comeBack();
    underWay.resolve();
    await underWay.promise;
    expect((await primary.get('a'))?.value).toBe('theirs');
    expect((await store.conflicts()).conflicts).toMatchObject([{ ours: { value: 'late' }, stays: 'theirs' }]);
    expect((await primary.list('.')).entries).toEqual([]);
  });

  it('a deletion that had found nothing, and whose answer was lost, does not hold it up', async () => {
    const { store, link, comeBack, primary } = await stand();
    await store.set('a', 1);
    await primary.delete('a');
    link.fates = { ...STEADY, lostAfter: 1 };
    expect(await store.delete('a')).toBe(true);
    await comeBack();
    expect(store.state()).toMatchObject({ state: 'primary', conflicts: 0 });
    expect(await store.get('a')).toBeUndefined();
  });

  it('a creation that was under way does not happen either, when the key is free again', async () => {
    const { store, leave, link, clock, comeBack, primary } = await stand();
    await store.get('a');
    await leave();
    await store.compareAndSet('a', ABSENT, 'late');
    const underWay = Promise.withResolvers<void>();
    const send = link.compareAndSet.bind(link);
    let wasTried = false;
    link.compareAndSet = async (key, expected, value, options) => {
      wasTried = true;
      void underWay.promise.then(() =>
        primary.compareAndSet(key, expected, value, { ...options, signal: undefined }),
      );
      throw storeFaults.OUTCOME_UNKNOWN({ store: 'primary', key, reason: 'the answer was lost' });
    };
    link.fates = STEADY;
    while (!wasTried) await clock.advance(10);
    expect(store.state().state).toBe('away');
    link.compareAndSet = send;
    await primary.set('a', 'theirs');
    await comeBack();
    expect((await store.conflicts()).conflicts).toMatchObject([{ ours: { value: 'late' }, stays: 'theirs' }]);
    await primary.delete('a');
    underWay.resolve();
    await clock.advance(1000);
    expect(await primary.get('a')).toBeUndefined();
  });

  it('what is older than the primary remembers is not repeated blindly', async () => {
    const { store, leave, clock, comeBack, primary } = await stand({ operationMemoryMs: 60_000 });
    await store.set('touched', 1);
    await store.set('untouched', 1);
    await leave();
    await store.set('touched', 2);
    await store.set('untouched', 2);
    await store.set('new', 2);
    await clock.advance(60_000);
    const theirs = await primary.set('touched', 2);
    await primary.set('new', 3);
    await comeBack();
    expect(await primary.get('touched')).toMatchObject({ revision: theirs });
    expect((await primary.get('untouched'))?.value).toBe(2);
    expect((await store.conflicts()).conflicts).toMatchObject([{ key: 'new', theirs: { value: 3 } }]);
  });

  it('lists are of the primary, with what is still in the journal', async () => {
    const { store, leave, link, clock, primary } = await stand();
    for (const key of ['a', 'b', 'c']) await store.set(key, 'old');
    await leave();
    await store.set('b', 'new');
    await store.set('bb', 'new');
    await store.delete('c');
    await primary.set('d', 'theirs');
    const write = link.compareAndSet.bind(link);
    link.compareAndSet = () => new Promise(() => undefined);
    link.delete = () => new Promise(() => undefined);
    link.fates = STEADY;
    while (store.state().state !== 'returning') await clock.advance(10);
    const page = await store.list('', { limit: 10 });
    expect(page.complete).toBe(true);
    expect(page.entries.map(({ key, value }) => [key, value])).toEqual([
      ['a', 'old'],
      ['b', 'new'],
      ['bb', 'new'],
      ['d', 'theirs'],
    ]);
    const first = await store.list('', { limit: 3 });
    expect(first).toMatchObject({ next: 'c', entries: [{ key: 'a' }, { key: 'b' }, { key: 'bb' }] });
    expect((await store.list('', { limit: 3, after: 'c' })).entries.map(({ key }) => key)).toEqual(['d']);
    link.compareAndSet = write;
  });
});

it('a list that is asked for while the journal is brought in misses nothing that was acknowledged', async () => {
  const { store, leave, link, clock, comeBack } = await stand();
  await leave();
  await store.set('a', 'new');
  const list = link.list.bind(link);
  link.list = async (prefix, options) => {
    const page = await list<never>(prefix, options);
    while (store.state().state !== 'primary') await clock.sleep(10);
    return page;
  };
  const compareAndSet = link.compareAndSet.bind(link);
  let isHeld = true;
  link.compareAndSet = async (...given) => {
    while (isHeld) await clock.sleep(10);
    return compareAndSet<never>(...given);
  };
  link.fates = STEADY;
  while (store.state().state !== 'returning') await clock.advance(10);
  const listing = store.list('');
  await clock.advance(20);
  isHeld = false;
  await comeBack();
  expect((await clock.run(listing)).entries).toMatchObject([{ key: 'a', value: 'new' }]);
});

describe('a conflict', () => {
  const byTime: ConflictRule = { newest: (value) => (value as { at?: number }).at };
  const union: ConflictRule = {
    rebase: ({ base, ours, theirs }) => {
      const [was, mine, others] = [base, ours, theirs] as string[][];
      if (!was || !mine || !others) return undefined;
      return [...others, ...mine.filter((one) => !was.includes(one) && !others.includes(one))];
    },
  };

  /** A key that we write while we are away, and others, too. */
  async function meet(
    rule: ConflictRule,
    base: unknown,
    ours: (store: Store) => Promise<unknown>,
    theirs: (primary: Store) => Promise<unknown>,
  ): Promise<Stand> {
    const self = await stand({ onConflict: (key) => (key === 'k' ? rule : 'reject') });
    if (base !== undefined) await self.store.set('k', base);
    else await self.store.get('k');
    await self.leave();
    await ours(self.store);
    await theirs(self.primary);
    await self.comeBack();
    return self;
  }

  it('keeps theirs where ours is rejected, records both sides and is told', async () => {
    const { store, primary, told } = await meet(
      'reject',
      'base',
      (store) => store.set('k', 'ours', { operationId: 'my write' }),
      (primary) => primary.set('k', 'theirs'),
    );
    expect((await primary.get('k'))?.value).toBe('theirs');
    const { conflicts } = await store.conflicts();
    expect(conflicts).toMatchObject([
      {
        ...{ key: 'k', kind: 'set', operationId: 'my write', rule: 'reject', stays: 'theirs' },
        base: { revision: expect.any(Number) },
        ours: { value: 'ours' },
        theirs: { value: 'theirs', revision: (await primary.get('k'))?.revision },
      },
    ]);
    const signals = told.filter(({ type }) => type === fallbackConflict.type);
    const [{ id } = { id: '' }] = conflicts;
    expect(signals.map(({ data }) => data)).toMatchObject([{ id, key: 'k', stays: 'theirs' }]);
    expect(JSON.stringify(signals)).not.toContain('"ours"');
    expect(store.state()).toMatchObject({ conflicts: 1 });
    expect(await store.removeConflict(id)).toBe(true);
    expect(await store.removeConflict(id)).toBe(false);
    expect((await store.conflicts()).conflicts).toEqual([]);
    expect(store.state()).toMatchObject({ conflicts: 0 });
  });

  it('is none where an unconditional write replaces what was there before, although nobody here had read it', async () => {
    const first = await stand();
    for (let at = 0; at < 5; at++) await first.primary.set(`k/${at}`, 'before');
    const second = await first.restart();
    await second.leave();
    for (let at = 0; at < 5; at++) await second.store.set(`k/${at}`, 'ours');
    await second.primary.set('k/4', 'theirs');
    await second.comeBack();
    expect(second.store.state()).toMatchObject({ state: 'primary', conflicts: 1 });
    for (let at = 0; at < 4; at++) expect((await second.primary.get(`k/${at}`))?.value).toBe('ours');
    expect((await second.store.conflicts()).conflicts).toMatchObject([{ key: 'k/4', stays: 'theirs' }]);
  });

  it('is not risked by a program that has never seen the primary: it refuses to write what it knows nothing of', async () => {
    const first = await stand();
    await first.primary.set('k', 'before');
    const second = await first.restart({ fates: REFUSING });
    await expect(second.store.set('k', 'ours')).rejects.toMatchObject({ code: 'NOT_KNOWN' });
    await second.comeBack();
    await second.leave();
    await second.store.set('k', 'ours');
    await second.comeBack();
    expect((await second.primary.get('k'))?.value).toBe('ours');
    expect(second.store.state()).toMatchObject({ conflicts: 0 });
  });

  it('is not lost with the program that met it', async () => {
    const first = await meet(
      'reject',
      'base',
      (store) => store.set('k', 'ours'),
      (primary) => primary.set('k', 'theirs'),
    );
    const second = await first.restart();
    expect(second.store.state()).toMatchObject({ conflicts: 1 });
    expect((await second.store.conflicts()).conflicts).toMatchObject([{ ours: { value: 'ours' } }]);
  });

  it.each([
    ['ours', { at: 2 }, { at: 1 }, { at: 2 }],
    ['theirs', { at: 1 }, { at: 2 }, { at: 2 }],
    ['theirs, when both are the same age', { at: 1, n: 1 }, { at: 1, n: 2 }, { at: 1, n: 2 }],
    ['theirs, when it does not say', { at: 1 }, {}, {}],
  ])('keeps the newest: %s', async (_who, ours, theirs, kept) => {
    const { store, primary } = await meet(
      byTime,
      { at: 0 },
      (store) => store.set('k', ours),
      (primary) => primary.set('k', theirs),
    );
    expect((await primary.get('k'))?.value).toEqual(kept);
    expect((await store.conflicts()).conflicts).toMatchObject([
      { rule: 'newest', theirs: { value: theirs } },
    ]);
  });

  it('is rebased by a function, and so are the writes after it', async () => {
    const { store, primary } = await meet(
      union,
      ['a'],
      async (store) => {
        await store.set('k', ['a', 'b']);
        await store.set('k', ['a', 'b', 'c']);
      },
      (primary) => primary.set('k', ['a', 'x']),
    );
    expect((await primary.get('k'))?.value).toEqual(['a', 'x', 'b', 'c']);
    const { conflicts } = await store.conflicts();
    expect(conflicts).toMatchObject([
      { stays: 'merged', base: { value: ['a'] }, merged: ['a', 'x', 'b'] },
      { stays: 'merged', base: { value: ['a', 'b'] }, theirs: { value: ['a', 'x', 'b'] } },
    ]);
  });

  it('is rejected where the rule throws, cannot, or makes what JSON has not', async () => {
    const circle: unknown[] = [];
    circle.push(circle);
    const throwing = () => {
      throw new Error('no idea');
    };
    for (const rebase of [throwing, () => undefined, () => circle]) {
      const { store, primary } = await meet(
        { rebase },
        'base',
        (store) => store.set('k', 'ours'),
        (primary) => primary.set('k', 'theirs'),
      );
      expect((await primary.get('k'))?.value).toBe('theirs');
      expect((await store.conflicts()).conflicts).toMatchObject([{ stays: 'theirs' }]);
    }
  });

  it('is a deletion against a change, either way', async () => {
    const ours = await meet(
      'reject',
      'base',
      (store) => store.delete('k'),
      (primary) => primary.set('k', 'theirs'),
    );
    expect((await ours.primary.get('k'))?.value).toBe('theirs');
    expect((await ours.store.conflicts()).conflicts).toMatchObject([{ kind: 'delete', ours: {} }]);
    const theirs = await meet(
      'reject',
      'base',
      (store) => store.set('k', 'ours'),
      (primary) => primary.delete('k'),
    );
    expect(await theirs.primary.get('k')).toBeUndefined();
    expect((await theirs.store.conflicts()).conflicts).toMatchObject([{ theirs: { revision: ABSENT } }]);
  });

  it('is none where both want the same', async () => {
    const same = { list: [1], nested: { b: 1, a: 2 } };
    const set = await meet(
      'reject',
      'base',
      (store) => store.set('k', same),
      (primary) => primary.set('k', { nested: { a: 2, b: 1 }, list: [1] }),
    );
    expect((await set.store.conflicts()).conflicts).toEqual([]);
    const deleted = await meet(
      'reject',
      'base',
      (store) => store.delete('k'),
      (primary) => primary.delete('k'),
    );
    expect((await deleted.store.conflicts()).conflicts).toEqual([]);
  });

  it('takes every later write of the key with it, as they were made on what is not there', async () => {
    const { store, primary } = await meet(
      'reject',
      'base',
      async (store) => {
        const entry = await store.get<string>('k');
        const one = await store.compareAndSet('k', entry?.revision ?? 0, 'ours 1');
        await store.compareAndSet('k', one.ok ? one.revision : 0, 'ours 2');
      },
      (primary) => primary.set('k', 'theirs'),
    );
    expect((await primary.get('k'))?.value).toBe('theirs');
    const { conflicts } = await store.conflicts();
    expect(conflicts.map(({ ours }) => ours.value)).toEqual(['ours 1', 'ours 2']);
    expect((await store.get('k'))?.value).toBe('theirs');
  });

  it('is none where a blind write replaces what was there before', async () => {
    const { store, leave, comeBack, primary } = await stand({ maxKnownEntries: 1 });
    await store.set('a', 1);
    await store.set('b', 1);
    await leave();
    await store.set('a', 2);
    await comeBack();
    expect((await primary.get('a'))?.value).toBe(2);
    expect((await store.conflicts()).conflicts).toEqual([]);
  });
});

describe('a watch', () => {
  it('goes on over the switch and back: ours at once, theirs on return, nothing twice', async () => {
    const { store, leave, comeBack, primary, clock } = await stand();
    await store.set('w/old', 0);
    const told: Change[] = [];
    const watch = await store.watch('w/');
    const reading = (async () => {
      for await (const change of watch) told.push(change);
    })();
    const expectTold = async (...changes: Partial<Change>[]) => {
      await clock.advance(500);
      expect(told.splice(0)).toMatchObject(changes);
    };
    await primary.set('w/theirs', 1);
    await expectTold({ kind: 'set', key: 'w/theirs', value: 1 });
    await leave();
    await store.set('w/ours', 1);
    await expectTold({ kind: 'set', key: 'w/ours', value: 1 });
    await store.delete('w/old');
    await expectTold({ kind: 'deleted', key: 'w/old' });
    await primary.set('w/theirs', 2);
    await expectTold();
    await comeBack();
    await expectTold({ kind: 'set', key: 'w/theirs', value: 2 });
    await primary.set('w/ours', 3);
    await expectTold({ kind: 'set', key: 'w/ours', value: 3 });
    await watch.close();
    await reading;
  });

  it('that begins while the primary is away hears of the others when it is back', async () => {
    const { store, leave, comeBack, primary, clock } = await stand();
    await store.set('w/known', 1);
    await leave();
    const told: Change[] = [];
    const watch = await store.watch('w/', { existing: true });
    const reading = (async () => {
      for await (const change of watch) told.push(change);
    })();
    await clock.advance(500);
    expect(told.splice(0)).toMatchObject([{ kind: 'set', key: 'w/known' }]);
    await primary.set('w/theirs', 1);
    await comeBack();
    await clock.advance(500);
    await primary.set('w/later', 1);
    await clock.advance(500);
    expect(told.splice(0)).toMatchObject([{ key: 'w/theirs' }, { key: 'w/later' }]);
    await store.close();
    await reading;
    await clock.advance(5000);
    expect(clock.waitingTimers).toBe(0);
  });

  it('tells what a return has undone', async () => {
    const { store, leave, comeBack, primary, clock } = await stand();
    await store.set('w/a', 'base');
    await leave();
    const told: Change[] = [];
    const watch = await store.watch('w/');
    const reading = (async () => {
      for await (const change of watch) told.push(change);
    })();
    await store.set('w/a', 'ours');
    await clock.advance(100);
    await primary.set('w/a', 'theirs');
    await comeBack();
    await clock.advance(500);
    expect(told).toMatchObject([{ value: 'ours' }, { value: 'theirs' }]);
    await watch.close();
    await reading;
  });
});
