import { describe, expect, test } from 'vitest';
import {
  type CallFault,
  type FaultPlan,
  type PortOptions,
  parsePlan,
  simulate,
  type World,
} from './index.ts';

/** What one call of a port came to, with one fault of it. */
async function call(fault: CallFault | CallFault[], options: PortOptions = {}) {
  let done = 0;
  let outcome: unknown = 'nothing';
  let seen: Pick<World, 'user'> & { up: boolean } = { user: new AbortController().signal, up: true };
  const plan: FaultPlan = [fault].flat().map((what) => ({ at: 'port.work#1', what }));
  const result = await simulate(
    0,
    async (world) => {
      const port = world.port('port', { work: async (text: string) => `${text} ${++done}` }, options);
      const ended = (async () => {
        try {
          outcome = await port.work('done');
        } catch (error) {
          outcome = (error as { code?: string }).code ?? error;
        }
      })();
      await Promise.race([ended, world.clock.sleep(60_000)]);
      seen = { user: world.user, up: world.connection.isUp };
    },
    { plan },
  );
  return {
    done,
    outcome,
    cancelled: seen.user.aborted,
    up: seen.up,
    endMs: result.endMs,
    trace: result.trace,
  };
}

describe('a call of a port', () => {
  test('takes a while to be done, and a while to be answered', async () => {
    const latency = { leastMs: 5, mostMs: 5 };
    const { done, outcome, endMs, trace } = await call([], { latency });
    expect([done, outcome, endMs]).toEqual([1, 'done 1', 10]);
    expect(trace).toEqual(['0 program starts', '5 port.work#1 is done', '10 port.work#1 answers']);
  });

  test.each<[CallFault, unknown, number]>([
    ['throw', 'EIO', 0],
    ['reject', 'EIO', 0],
    ['refuse', false, 0],
    ['hang', 'nothing', 0],
    ['late', 'done 1', 1],
    ['lose', 'EIO', 1],
    ['disconnect', 'done 1', 1],
    ['cancel', 'done 1', 1],
  ])('that is to %s ends in %s, and is done %i times', async (fault, outcome, done) => {
    const seen = await call(fault);
    expect(seen).toMatchObject({ outcome, done, cancelled: fault === 'cancel', up: fault !== 'disconnect' });
    expect(seen.trace).toContain(`0 · port.work#1 is to ${fault}`);
    expect(seen.endMs >= 1000).toBe(fault === 'hang' || fault === 'late');
  });

  test('throws at once when it throws, and not before the answer when it rejects', async () => {
    const result = await simulate(
      0,
      async (world) => {
        const port = world.port('port', { work: () => true });
        expect(() => port.work()).toThrow('port.work#1: broken');
        await expect(port.work()).rejects.toThrow('port.work#2: failed');
      },
      { plan: parsePlan('port.work#1=throw,port.work#2=reject') },
    );
    expect(result).toMatchObject({ state: 'held', faults: { length: 2 } });
  });

  test('of a remote port needs the connection, until it is back', async () => {
    const lost: string[] = [];
    const result = await simulate(
      0,
      async (world) => {
        const port = world.port('port', { work: () => true }, { remote: true });
        world.connection.onLost(() => lost.push(`lost at ${world.clock.monotonicMs()}`));
        world.connection.onBack(() => lost.push(`back at ${world.clock.monotonicMs()}`));
        await expect(port.work()).rejects.toMatchObject({ code: 'ECONNRESET' });
        world.connection.lose(); // It is lost already.
        await expect(port.work()).rejects.toMatchObject({ code: 'ECONNRESET' });
        await world.clock.sleep(1001);
        expect(await port.work()).toBe(true);
      },
      { plan: parsePlan('port.work#1=disconnect'), calm: true },
    );
    expect(result).toMatchObject({ state: 'held' });
    expect(lost).toEqual(['lost at 0', 'back at 1000']);
  });

  test('may hang while the user cancels, and be late as well as lost', async () => {
    expect(await call(['hang', 'cancel'])).toMatchObject({ outcome: 'nothing', done: 0, cancelled: true });
    expect(await call(['late', 'lose'])).toMatchObject({ outcome: 'EIO', done: 1 });
  });

  test('is late by as much as the plan says', async () => {
    const { state, endMs } = await simulate(
      0,
      async (world) => void (await world.port('port', { work: () => true }).work()),
      { plan: parsePlan('port.work#1=late:77'), calm: true },
    );
    expect([state, endMs]).toEqual(['held', 77]);
  });

  test('fails with what the real thing would fail with', async () => {
    const error = (fault: CallFault, at: string) => ({ code: `${fault} of ${at}` });
    expect(await call('lose', { error })).toMatchObject({ outcome: 'lose of port.work#1' });
  });

  test('fails as its implementation does', async () => {
    const result = await simulate(0, async (world) => {
      const port = world.port('port', { work: () => expect.unreachable('mine') });
      await expect(port.work()).rejects.toThrow('mine');
    });
    expect(result).toMatchObject({ state: 'held' });
  });

  test('may be one of an object that is frozen, or has private fields', async () => {
    class Account {
      #sum = 5;
      add = (by: number) => by + 1;
      sum(): number {
        return this.#sum;
      }
    }
    const result = await simulate(0, async (world) => {
      const port = world.port('port', Object.freeze(new Account()));
      expect([await port.add(1), await port.sum(), port instanceof Account]).toEqual([2, 5, true]);
    });
    expect(result).toMatchObject({ state: 'held' });
  });

  test('goes wrong as often as its odds say', async () => {
    const seen: Record<string, number> = {};
    const { state, faults } = await simulate(0, async (world) => {
      const port = world.port('port', { work: () => true }, { reject: 0.1, refuse: 0.3 });
      for (let round = 0; round < 4000; round++) {
        const outcome = await port.work().catch(() => 'rejected');
        seen[`${outcome}`] = (seen[`${outcome}`] ?? 0) + 1;
      }
    });
    expect(state).toBe('held');
    expect(faults).toHaveLength(4000 - (seen['true'] ?? 0));
    // Of 4000 draws, six standard deviations are 114 and 174.
    expect(Math.abs((seen['rejected'] ?? 0) - 400)).toBeLessThan(114);
    expect(Math.abs((seen['false'] ?? 0) - 1200)).toBeLessThan(174);
  });

  test.each<[PortOptions, string]>([
    [{ reject: 1.5 }, 'reject of the port port must be'],
    [{ reject: Number.NaN }, 'reject of the port port must be'],
    [
      { reject: 0.9, lose: 0.2 },
      'the sum of all faults of the port port must be a number from 0 to 1; got 1.1',
    ],
    [{ latency: { leastMs: 5, mostMs: 1 } }, 'latency.mostMs of the port port must be'],
  ])('is refused at once: %o', async (options, message) => {
    const { state, error } = (await simulate(0, (world) => void world.port('port', {}, options))) as {
      state: string;
      error?: Error;
    };
    expect([state, error?.message]).toEqual(['failed', expect.stringContaining(message)]);
  });
});
