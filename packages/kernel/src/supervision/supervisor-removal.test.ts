import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../time/index.ts';
import type { Supervisor } from './child.ts';
import { house, puppet, running } from './house.fixture.ts';
import { childExited } from './supervision-signals.ts';
import { createSupervisor } from './supervisor.ts';
import { task } from './task.ts';

const ids = (supervisor: Supervisor) => supervisor.status().children.map(({ id }) => id);
const never = () => Promise.withResolvers<void>().promise;
const code = (error: { code: string }) => error.code;

describe('remove', () => {
  test('stops a child, resolves when it has ended, frees its name, and counts as no restart', async () => {
    const { supervisor, clock, take, child, visitor } = await running();
    child('b').state.obeys = false;
    let gone = false;
    const removing = supervisor.remove('b').then((was) => {
      gone = true;
      return was;
    });
    await clock.advance(4999);
    expect(gone).toBe(false);
    child('b').end({ kind: 'finished' });
    expect(await removing).toBe(true);
    await clock.advance(60_000);
    expect(take()).toBe('-b');
    expect(supervisor.status()).toMatchObject({ restartsInWindow: 0, children: [{ id: 'a' }, { id: 'c' }] });
    await supervisor.add(visitor('b').spec);
    expect(await supervisor.remove('nobody')).toBe(false);
    await supervisor.stop();
  });

  test('restart brings back what has ended, in its place, and that counts as no restart', async () => {
    const log: string[] = [];
    const [a, b] = [puppet('a', log, { restart: 'transient' }), puppet('b', log)];
    const { supervisor, clock } = house({ strategy: 'one_for_all', children: [a.spec, b.spec] });
    await supervisor.start();
    a.end({ kind: 'finished' });
    await clock.advance(0);
    expect(supervisor.status().children[0]?.state).toBe('ended');
    log.length = 0;
    expect(supervisor.restart('a')).toBe(true);
    await clock.advance(0);
    expect(supervisor.status()).toMatchObject({ restartsInWindow: 0, children: [{ restarts: 1 }, {}] });
    a.fail();
    await clock.advance(0);
    expect(log.join(' ')).toBe('+a -a -b +a +b');
    await supervisor.stop();
    expect(supervisor.restart('a')).toBe(false);
  });

  test('a listener that removes a child that has just ended, and adds it anew, gets the new one', async () => {
    const { supervisor, visitor, clock, signals, child } = await running();
    const again = visitor('b');
    const stop = signals.on(childExited, () => {
      stop();
      void supervisor.remove('b');
      void supervisor.add(again.spec);
    });
    child('b').fail();
    await clock.advance(1000);
    expect([child('b').up, again.up]).toEqual([0, 1]);
    expect(ids(supervisor)).toEqual(['a', 'c', 'b']);
    await supervisor.stop();
    expect(again.up).toBe(0);
  });

  test('a child taken down in the middle of a group restart stays down, and the others come back', async () => {
    const { supervisor, clock, take, child } = await running('one_for_all');
    child('b').state.obeys = false;
    child('a').fail();
    await clock.advance(10);
    const removing = supervisor.remove('b');
    await clock.advance(10);
    child('b').end({ kind: 'finished' });
    await removing;
    await clock.advance(0);
    expect(take()).toBe('-a -c -b +a +c');
    expect(ids(supervisor)).toEqual(['a', 'c']);
    await supervisor.stop();
  });

  test('a child removed in its backoff does not keep its group waiting for ever', async () => {
    const { supervisor, clock, take, child } = await running('one_for_all');
    child('b').fail();
    await clock.advance(0);
    child('b').fail();
    await clock.advance(10);
    take();
    await supervisor.remove('b');
    await clock.advance(0);
    expect(take()).toBe('+a +c');
    await supervisor.stop();
    expect(clock.waitingTimers).toBe(0);
  });

  test('a child removed in its start is stopped, and who added it hears that it was cancelled', async () => {
    const { supervisor, visitor, take } = await running();
    const d = visitor('d');
    d.state.ready = never;
    const adding = supervisor.add(d.spec).catch(code);
    await Promise.resolve();
    expect(await supervisor.remove('d')).toBe(true);
    expect(await adding).toBe('CANCELLED');
    expect(take()).toBe('+d -d');
    await supervisor.stop();
  });

  test('asked twice, of one that is abandoned, and while all stop, they end', async () => {
    const { supervisor, clock, child } = await running();
    child('b').state.obeys = false;
    const both = Promise.all([supervisor.remove('b'), supervisor.remove('b')]);
    const stopping = supervisor.stop();
    const last = supervisor.remove('a');
    await clock.run(Promise.all([both, stopping, last]));
    expect(clock.monotonicMs()).toBe(5000);
  });

  test('a child may remove itself', async () => {
    const clock = new SimulatedClock();
    const supervisor: Supervisor = createSupervisor({ id: 'top', children: [], clock });
    await supervisor.start();
    let removed: Promise<boolean> | undefined;
    const session = task('session', async (signal) => {
      removed = supervisor.remove('session');
      await clock.sleep(60_000, { signal });
    });
    await supervisor.add(session).catch(code);
    expect(await removed).toBe(true);
    expect(ids(supervisor)).toEqual([]);
    await supervisor.stop();
    expect(clock.waitingTimers).toBe(0);
  });
});
