import { breaker, pipeline, retry, SimulatedClock, timeout } from '@sustain/kernel';
import { describe, expect, test } from 'vitest';
import { counterProgram } from './counter-program.fixture.ts';
import { describeEnding, type Program, simulate } from './index.ts';
import { sessionStart } from './session-start.fixture.ts';

const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);

test('the same seed is the same run, byte for byte: 100 seeds, each twice, and side by side', async () => {
  const program = counterProgram({ requests: 10 });
  const first: string[] = [];
  for (const seed of SEEDS) first.push((await simulate(seed, program)).trace.join('\n'));
  const again = await Promise.all(SEEDS.map((seed) => simulate(seed, program)));
  expect(again.map(({ trace }) => trace.join('\n'))).toEqual(first);
  expect(new Set(first).size).toBe(SEEDS.length);
  const faults = new Set(again.flatMap((run) => run.faults.map(({ what }) => what)));
  expect([...faults].sort()).toEqual(['crash', 'drop', 'duplicate', 'reorder']);
  const bytes = first.reduce((sum, trace) => sum + trace.length, 0);
  console.log(
    `${SEEDS.length} seeds, ${again.reduce((sum, run) => sum + run.events, 0)} events, ${bytes} bytes of trace`,
  );
});

test('what a seed did is a plan that does it again', async () => {
  for (const seed of SEEDS.slice(0, 20)) {
    const { faults, trace } = await simulate(seed, counterProgram());
    const planned = await simulate(seed, counterProgram(), { plan: faults });
    expect(planned.trace).toEqual(trace);
  }
});

describe('events', () => {
  test('that are due at the same time come in the order of the seed, in every order', async () => {
    const orders = new Map<string, number>();
    for (const seed of SEEDS) {
      let order = '';
      await simulate(seed, async ({ clock }) => {
        for (const name of 'abc') clock.schedule(5, () => (order += name));
        await clock.sleep(6);
      });
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect([...orders.keys()].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    expect(Math.min(...orders.values())).toBeGreaterThan(5);
  });

  test('of a calm run come in the order of their arrival, as early as they can', async () => {
    let order = '';
    const { endMs } = await simulate(
      3,
      async (world) => {
        for (const name of 'abc') world.clock.schedule(0, () => (order += name));
        await world.port('port', { work: () => 1 }).work();
      },
      { calm: true },
    );
    expect([order, endMs]).toEqual(['abc', 0]);
  });

  test('come when all that follows from the one before has happened, however long its chain of promises is', async () => {
    const seen: string[] = [];
    await simulate(1, async ({ clock, invariant }) => {
      let links = 0;
      invariant('the chain is whole', () => links === 0 || links === 5000);
      const chain = async () => {
        for (; links < 5000; links++) await undefined;
        seen.push('chain');
      };
      clock.schedule(1, () => void chain());
      clock.schedule(1.000001, () => seen.push('next'));
      await clock.sleep(2);
    });
    expect(seen).toEqual(['chain', 'next']);
  });

  test('are timers as the Clock promises them: cancelled, aborted, never early, refused when they cannot be', async () => {
    const { state } = await simulate(9, async ({ clock }) => {
      const controller = new AbortController();
      const asleep = clock.sleep(100, { signal: controller.signal });
      clock.schedule(50, () => controller.abort('enough'));
      clock.schedule(20, () => expect.unreachable()).cancel();
      await expect(asleep).rejects.toBe('enough');
      await expect(clock.sleep(1, { signal: controller.signal })).rejects.toBe('enough');
      expect(clock.monotonicMs()).toBe(50);
      expect(clock.coarseMs()).toBe(50);
      expect(clock.wallMs()).toBe(Date.UTC(2026, 0, 1) + 50);
      expect(() => clock.schedule(-1, () => undefined)).toThrow('delayMs must be');
    });
    expect(state).toBe('held');
  });
});

describe('a run ends', () => {
  const invariant: Program = async ({ clock, invariant }) => {
    let count = 0;
    invariant('less than three', () => count < 3);
    invariant('is 1 at the end', () => count === 1, { when: 'end' });
    for (;;) {
      await clock.sleep(10);
      count++;
      if (count === 50) return;
    }
  };

  test('with the first event after which an invariant does not hold', async () => {
    const result = await simulate(0, invariant);
    expect(result).toMatchObject({ state: 'violated', invariant: 'less than three', endMs: 30, events: 4 });
    expect(result.trace.at(-1)).toMatch(/^30 program: timer \d+$/);
    expect(describeEnding(result)).toBe(
      `violated: less than three: it does not hold, after: ${result.trace.at(-1)}`,
    );
  });

  test('with an invariant that cannot be known at once: it would always hold', async () => {
    const result = await simulate(0, (world) => world.invariant('later', async () => false));
    expect(describeEnding(result)).toMatch(/^violated: later: it must be known at once; got a promise/);
  });

  test('with the program; what must hold at its end is looked at then, and what must always hold once more', async () => {
    const ends =
      (count: number): Program =>
      (world) => {
        world.invariant('at the end', () => count !== 1, { when: 'end' });
        world.invariant('always', () => {
          if (count === 2) throw new RangeError('it is 2');
        });
      };
    expect(await simulate(0, ends(0))).toMatchObject({ state: 'held', events: 1 });
    expect(await simulate(0, ends(1))).toMatchObject({ state: 'violated', invariant: 'at the end' });
    expect(await simulate(0, ends(2))).toMatchObject({
      invariant: 'always',
      error: new RangeError('it is 2'),
    });
  });

  test.each<[string, Program]>([
    ['the program rejects', () => Promise.reject(new Error('mine'))],
    ['it throws', () => expect.unreachable('mine')],
    [
      'a timer of it throws',
      async ({ clock }) => {
        clock.schedule(1, () => expect.unreachable('mine'));
        await clock.sleep(5);
      },
    ],
    ['a process of it rejects', (world) => void world.process('a', () => Promise.reject(new Error('mine')))],
  ])('as failed when %s', async (_when, program) => {
    const result = await simulate(0, program);
    expect(result.state).toBe('failed');
    expect(describeEnding(result)).toMatch(/^failed: .*mine/);
  });

  test('as stuck when it waits, and nothing is left that could happen', async () => {
    const result = await simulate(0, async (world) => {
      world.process('a', () => undefined, { crash: { everyMs: 10, lasts: { leastMs: 1, mostMs: 1 } } });
      await world.clock.sleep(5);
      await new Promise(() => undefined);
    });
    expect(result.state).toBe('stuck');
    expect(result.endMs).toBeLessThan(100);
  });

  test('as endless when it takes too much', async () => {
    const forEver: Program = async ({ clock }) => {
      for (;;) await clock.sleep(10);
    };
    expect(await simulate(0, forEver, { maxEvents: 500 })).toMatchObject({ state: 'endless', events: 500 });
    expect(await simulate(0, forEver, { maxMs: 995 })).toMatchObject({ limit: '995 ms', endMs: 990 });
  });

  test('with the reason of the signal, which it sees between events', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const run = simulate(
      0,
      async ({ clock }) => {
        for (let round = 0; ; round++) {
          await clock.sleep(1);
          if (round === 5000) controller.abort(reason);
        }
      },
      { signal: controller.signal },
    );
    await expect(run).rejects.toBe(reason);
    await expect(simulate(0, invariant, { signal: controller.signal })).rejects.toBe(reason);
  });

  test.each([
    [-1, {}, 'seed of the simulation must be'],
    [0.5, {}, 'seed of the simulation must be'],
    [0, { maxEvents: 0 }, 'maxEvents of the simulation must be'],
    [0, { maxMs: Number.NaN }, 'maxMs of the simulation must be'],
    [0, { plan: [{ at: 'server.notify', what: 'hang' as const }] }, 'this is no line that can be replayed'],
  ])('never begins with an option out of range: %s %o', async (seed, options, message) => {
    await expect(simulate(seed, invariant, options)).rejects.toThrow(message);
  });
});

test('nothing of a run happens after it, and it leaves the host alone', async () => {
  const events: string[] = [];
  const listeners = process.listenerCount('unhandledRejection');
  await simulate(0, ({ clock }) => {
    clock.schedule(0, () => events.push('timer'));
    clock.schedule(10, () => events.push('timer'));
  });
  await new SimulatedClock().advance(100);
  expect(events).toEqual([]);
  expect(process.listenerCount('unhandledRejection')).toBe(listeners);
});

test("the kernel's policies run as they are, on simulated time", async () => {
  const outcomes = new Set<string>();
  for (const seed of SEEDS.slice(0, 40)) {
    const result = await simulate(seed, async (world) => {
      const { clock, random } = world;
      const server = world.port('server', { ask: () => 'answer' }, { hang: 0.2, reject: 0.2, late: 0.1 });
      const circuit = breaker({ name: 'server', consecutive: 3, openMs: 500, clock });
      const policies = pipeline({ clock, random }, timeout(5000), retry(), circuit, timeout(300));
      for (let call = 0; call < 5; call++) {
        const startMs = clock.monotonicMs();
        const end = await policies.run(() => server.ask()).catch(({ code }) => code);
        outcomes.add(String(end));
        if (clock.monotonicMs() - startMs > 5000) throw new Error('too late');
      }
    });
    expect(describeEnding(result)).toBe('held');
  }
  expect([...outcomes].sort()).toEqual(['CIRCUIT_OPEN', 'EIO', 'TIMED_OUT', 'answer']);
});

test('two programs of one seed draw the same, whatever their faults are', async () => {
  const draws: number[][] = [];
  for (const plan of [[], [{ at: 'client.enter#1', what: 'throw' as const }]]) {
    await simulate(
      5,
      async (world) => {
        draws.push([world.random.next(), world.random.next()]);
        await sessionStart()(world);
      },
      { plan },
    );
  }
  expect(draws[0]).toEqual(draws[1]);
});
