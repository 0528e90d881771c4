import { SimulatedClock, systemClock } from '@sustain/kernel';
import { describe, expect, test } from 'vitest';
import { exploreSteps, type Program, replayOf } from './index.ts';
import { type SessionBug, sessionStart } from './session-start.fixture.ts';

describe('S0: starting a session, with every step and every pair of steps of it failing in every way', () => {
  test('ends in the session, listening or idle, every time', async () => {
    const { state, explored } = await exploreSteps(sessionStart());
    const pairs = explored.filter((plan) => plan.includes(','));
    console.log(`${explored.length} plans explored, ${pairs.length} of them pairs`);
    expect(state).toBe('held');
    expect(explored[0]).toBe('none');
    expect(explored.slice(1, 21).sort()).toEqual(
      ['client.enter#1', 'microphone.stop#1', 'server.notify#1', 'microphone.record#1']
        .flatMap((step) =>
          ['throw', 'refuse', 'hang', 'disconnect', 'cancel'].map((what) => `${step}=${what}`),
        )
        .sort(),
    );
    expect(new Set(explored).size).toBe(explored.length);
    expect(explored).toContain('microphone.record#1=cancel,microphone.record#2=hang');
    expect(explored).toContain('client.enter#1=throw,microphone.record#1=refuse');
    expect(explored).toContain('server.notify#1=hang,server.notify#1=cancel');
    expect(pairs.length).toBeGreaterThan(100);
  });

  test('also with three failures, of which the last may be that of the last resort, it never records two things', async () => {
    const exploration = await exploreSteps(sessionStart(), { depth: 3, kinds: ['throw', 'hang'] });
    expect(exploration.state).toBe('found');
    if (exploration.state !== 'found') return;
    expect(exploration.smallest.faults).toHaveLength(3);
    expect(exploration.smallest).toMatchObject({ invariant: 'it is in a session, or listens, or is idle' });
  });

  test.each<[SessionBug, number]>([
    ['leaves the microphone', 1],
    ['stays in the session', 1],
    ['has no last resort', 2],
  ])(
    'a planted bug is found within 10 s, and replays from its line: the recovery %s',
    async (bug, faults) => {
      const startMs = systemClock.monotonicMs();
      const exploration = await exploreSteps(sessionStart(bug));
      expect(systemClock.monotonicMs() - startMs).toBeLessThan(10_000);
      if (exploration.state !== 'found') throw new Error('it was not found');
      const { smallest, explored } = exploration;
      console.log(`${bug}: ${smallest.replay}, after ${explored.length} plans`);
      expect(smallest.faults).toHaveLength(faults);
      expect(smallest.state).toBe('violated');
      expect(await replayOf(sessionStart(bug), smallest.replay)).toEqual(smallest);
      expect(await replayOf(sessionStart(), smallest.replay)).toMatchObject({ state: 'held' });
    },
  );
});

describe('an exploration', () => {
  const two: Program = async (world) => {
    const port = world.port('port', { first: () => 1, second: () => 2 });
    await port.first().catch(() => port.second());
  };

  test('fails calls that are made only because of another failure', async () => {
    const { explored } = await exploreSteps(two, { kinds: ['reject'] });
    expect(explored).toEqual(['none', 'port.first#1=reject', 'port.first#1=reject,port.second#1=reject']);
  });

  test('lets the user cancel, and the connection go, also while a call hangs, fails or refuses', async () => {
    const { explored } = await exploreSteps(sessionStart(), { may: (call) => call === 'server.notify#1' });
    const same = explored.filter((plan) => plan.includes(','));
    expect(same.map((plan) => plan.replaceAll('server.notify#1=', ''))).toEqual([
      'refuse,disconnect',
      'refuse,cancel',
      'hang,disconnect',
      'hang,cancel',
      'disconnect,cancel',
    ]);
  });

  test('finds what waits for ever for a call that hangs', async () => {
    expect(await exploreSteps(two)).toMatchObject({
      smallest: { state: 'failed', faults: [{ at: 'port.first#1', what: 'throw' }] },
    });
    expect(await exploreSteps(two, { kinds: ['hang'] })).toMatchObject({ smallest: { state: 'stuck' } });
  });

  test('leaves alone what may not fail, and goes no deeper than it is told', async () => {
    const { explored } = await exploreSteps(sessionStart(), {
      depth: 1,
      kinds: ['throw'],
      may: (call) => call.startsWith('microphone'),
    });
    expect(explored).toEqual(['none', 'microphone.stop#1=throw', 'microphone.record#1=throw']);
  });

  test('stops when its time is up, and when it is told to', async () => {
    const { state, explored } = await exploreSteps(sessionStart(), { budgetMs: 250, clock: new Ticking() });
    expect([state, explored.length]).toEqual(['out-of-time', 2]);
    const reason = new Error('enough');
    await expect(exploreSteps(two, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test.each([
    [{ depth: -1 }, 'depth of the exploration must be'],
    [{ budgetMs: 0 }, 'budgetMs of the exploration must be'],
    [{ seed: 0.5 }, 'seed of the simulation must be'],
  ])('refuses %o', async (options, message) => {
    await expect(exploreSteps(two, options)).rejects.toThrow(message);
  });
});

/** 100 ms pass whenever somebody looks. */
class Ticking extends SimulatedClock {
  #looks = 0;

  override monotonicMs(): number {
    return 100 * this.#looks++;
  }
}
