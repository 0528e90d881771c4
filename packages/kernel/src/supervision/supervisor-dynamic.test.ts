import { describe, expect, test } from 'vitest';
import type { Supervisor } from './child.ts';
import { house, limits, puppet, running } from './house.fixture.ts';
import { supervisionFaults } from './supervision-faults.ts';
import { supervisorChild } from './supervisor-child.ts';

const ids = (supervisor: Supervisor) => supervisor.status().children.map(({ id }) => id);
const never = () => Promise.withResolvers<void>().promise;
const code = (error: { code: string }) => error.code;

describe('add', () => {
  test('starts a child and resolves when it is ready; it stops in its turn, the last first', async () => {
    const { supervisor, visitor, clock, take } = await running();
    const d = visitor('d');
    const ready = Promise.withResolvers<void>();
    d.state.ready = () => ready.promise;
    let added = false;
    const adding = supervisor.add(d.spec).then(() => {
      added = true;
    });
    await clock.advance(10);
    expect(added).toBe(false);
    ready.resolve();
    await adding;
    expect(ids(supervisor)).toEqual(['a', 'b', 'c', 'd']);
    await supervisor.stop();
    expect(take()).toBe('+d -d -c -b -a');
  });

  test('before and during the start gives a child its place in the order', async () => {
    const { supervisor, log, take, child, clock } = house();
    const [d, e] = [puppet('d', log), puppet('e', log)];
    const before = supervisor.add(d.spec);
    const ready = Promise.withResolvers<void>();
    child('b').state.ready = () => ready.promise;
    const started = supervisor.start();
    await clock.advance(10);
    const during = supervisor.add(e.spec);
    await clock.advance(10);
    expect(take()).toBe('+a +b');
    ready.resolve();
    await Promise.all([started, before, during]);
    expect(take()).toBe('+c +d +e');
    await supervisor.stop();
  });

  test.each([
    ['one_for_one', '-b +b'],
    ['one_for_all', '-b -d -c -a +a +b +c +d'],
    ['rest_for_one', '-b -d -c +b +c +d'],
    ['simple_one_for_one', '-b +b'],
  ] as const)('makes a child one of the group: %s restarts %s', async (strategy, expected) => {
    const { supervisor, visitor, clock, take, child } = await running(strategy);
    await supervisor.add(visitor('d').spec);
    take();
    child('b').fail();
    await clock.advance(0);
    expect(take()).toBe(expected);
    await supervisor.stop();
  });

  test('in the middle of a group restart waits for its turn', async () => {
    const { supervisor, visitor, clock, take, child } = await running('rest_for_one');
    const ready = Promise.withResolvers<void>();
    child('b').state.ready = () => ready.promise;
    child('b').fail();
    await clock.advance(0);
    const adding = supervisor.add(visitor('d').spec);
    await clock.advance(10);
    expect(take()).toBe('-b -c +b');
    ready.resolve();
    await adding;
    expect(take()).toBe('+c +d');
    await supervisor.stop();
  });

  test('under one_for_one waits for nobody: a sibling that hangs in its start keeps no other waiting', async () => {
    const { supervisor, visitor } = await running();
    const slow = visitor('slow');
    slow.state.ready = never;
    const adding = supervisor.add(slow.spec).catch(code);
    await supervisor.add(visitor('quick').spec);
    await supervisor.stop();
    expect(await adding).toBe('CANCELLED');
  });

  test('rejects with the reason when the first start fails, forgets the child, and harms nobody', async () => {
    const { supervisor, visitor, clock, take, reports } = await running('one_for_all');
    const d = visitor('d');
    d.state.startError = new Error('no such voice');
    await expect(supervisor.add(d.spec)).rejects.toThrow('top/d did not start: Error: no such voice');
    await clock.advance(1000);
    expect(ids(supervisor)).toEqual(['a', 'b', 'c']);
    expect(take()).toBe('!d');
    expect(supervisor.status()).toMatchObject({ state: 'running', restartsInWindow: 0 });
    expect(reports.at(-1)).toMatchObject({ type: 'supervisor.child.exited', data: { action: 'leave' } });
    d.state.startError = undefined;
    await supervisor.add(d.spec);
    await supervisor.stop();
  });

  test('that nobody waits for rejects without being an unhandled rejection', async () => {
    const { supervisor, visitor, clock } = await running();
    const d = visitor('d');
    d.state.startError = new Error('no such voice');
    void supervisor.add(d.spec);
    await clock.advance(0);
    expect(ids(supervisor)).toEqual(['a', 'b', 'c']);
    await supervisor.stop();
  });

  test('refuses a name that is taken, and any child once the supervisor stops, with a typed error', async () => {
    const { supervisor, visitor, child, clock } = await running();
    const refused = async (problem: string, id: string) => {
      const error = await supervisor.add(visitor(id).spec).catch((reason: unknown) => reason);
      expect(supervisionFaults.CHILD_REFUSED.matches(error)).toBe(true);
      expect(error).toMatchObject({ context: { supervisor: 'top', child: id, problem } });
    };
    await refused('duplicate', 'b');
    child('c').state.obeys = false;
    const stopping = supervisor.stop();
    await refused('stopping', 'd');
    await clock.run(stopping);
    await refused('stopping', 'd');
  });

  test('throws on an option out of range', async () => {
    const { supervisor, visitor } = await running();
    expect(() => supervisor.add(visitor('d', { startMs: -1 }).spec)).toThrow(RangeError);
    await supervisor.stop();
  });
});

describe('many alike children', () => {
  test('one that ended for good is forgotten, so that sessions that come and go leave nothing behind', async () => {
    const { supervisor, visitor, clock, reports } = await running('simple_one_for_one');
    const d = visitor('d', { restart: 'temporary' });
    const e = visitor('e', { restart: 'transient' });
    await Promise.all([supervisor.add(d.spec), supervisor.add(e.spec)]);
    d.fail();
    e.end({ kind: 'finished' });
    await clock.advance(0);
    expect(ids(supervisor)).toEqual(['a', 'b', 'c']);
    expect(reports.map(({ data }) => data.why).slice(-2)).toEqual(['temporary', 'transient']);
    await supervisor.stop();
  });

  test('under simple_one_for_one all start at once and all stop at once', async () => {
    const { supervisor, clock, child, take } = house({ strategy: 'simple_one_for_one' });
    const ready = Promise.withResolvers<void>();
    child('a').state.ready = () => ready.promise;
    const started = supervisor.start();
    await clock.advance(0);
    expect(take()).toBe('+a +b +c');
    ready.resolve();
    await started;
    for (const name of ['a', 'b', 'c']) child(name).state.obeys = false;
    await clock.run(supervisor.stop());
    expect(clock.monotonicMs()).toBe(5000); // One grace time, not three.
  });
});

describe('supervisors below', () => {
  test('take children through `below`, under their own limits', async () => {
    const { supervisor, visitor, clock } = await running();
    await supervisor.add(
      supervisorChild({ id: 'sessions', strategy: 'simple_one_for_one', children: [], limits }),
    );
    const session = visitor('session');
    await supervisor.below('sessions')?.add(session.spec);
    expect(supervisor.restart('session')).toBe(true);
    await clock.advance(0);
    expect(supervisor.status().children[3]?.supervisor).toMatchObject({
      id: 'top/sessions',
      restartsInWindow: 1,
      children: [{ id: 'session', restarts: 1 }],
    });
    expect(supervisor.status().restartsInWindow).toBe(0);
    expect(supervisor.below('a')).toBe(undefined);
    await supervisor.stop();
    expect(session.up).toBe(0);
  });
});
