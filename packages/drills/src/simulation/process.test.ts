import { describe, expect, test } from 'vitest';
import { type ProcessSelf, type Program, parsePlan, type SimulationOptions, simulate } from './index.ts';

/** Runs `program`, which must hold. */
async function run(program: Program, options: SimulationOptions = {}, seed = 0) {
  const result = await simulate(seed, program, options);
  if (result.state === 'failed') throw result.error;
  expect(result.state).toBe('held');
  return result;
}

describe('a process that crashes', () => {
  test('has its memory no more, and neither timers, calls nor messages of its life go on', async () => {
    const seen: string[] = [];
    await run(async (world) => {
      const start = async (self: ProcessSelf) => {
        const life = self.life;
        self.receive((message) => seen.push(`life ${life} got ${message}`));
        self.clock.schedule(50, () => seen.push(`timer of ${life}`));
        const port = self.port(
          'port',
          { work: () => seen.push(`done for ${life}`) },
          { latency: { leastMs: 15, mostMs: 15 } },
        );
        await port.work();
        seen.push(`answered ${life}`);
      };
      const a = world.process('a', start);
      world.process('b', async (self) => {
        await self.clock.sleep(25);
        self.send('a', 'lost');
        await self.clock.sleep(30);
        self.send('a', 'second');
      });
      await world.clock.sleep(20);
      a.crash();
      expect([a.isRunning, a.lives]).toEqual([false, 1]);
      await world.clock.sleep(25);
      a.start();
      a.start();
      expect([a.isRunning, a.lives]).toEqual([true, 2]);
      await world.clock.sleep(100);
    });
    expect(seen.filter((line) => line.includes('1'))).toEqual(['done for 1']);
    expect(seen.filter((line) => line.includes('2')).sort()).toEqual(
      ['answered 2', 'done for 2', 'life 2 got second', 'timer of 2'].sort(),
    );
  });

  test('finds on its disk what it synced, and of the rest all, nothing or the beginning, in any mixture', async () => {
    const left = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      await run(
        async (world) => {
          const found: (string | undefined)[] = [];
          const a = world.process('a', async ({ disk, life }) => {
            if (life > 1) found.push(await disk.read('kept'), await disk.read('one'), await disk.read('two'));
            else {
              await disk.write('kept', 'kept');
              await disk.sync();
              await disk.write('one', '123');
              await disk.append('two', 'x');
              expect([await disk.read('one'), await disk.list()]).toEqual(['123', ['kept', 'one', 'two']]);
            }
          });
          await world.clock.sleep(50);
          a.crash();
          a.start();
          await world.clock.sleep(50);
          expect(found[0]).toBe('kept');
          expect('123'.startsWith(found[1] ?? '')).toBe(true);
          left.add(found.slice(1).join());
        },
        {},
        seed,
      );
    }
    for (const mixture of ['123,x', '123,', ',x', ',', '12,x', '1,']) expect(left).toContain(mixture);
  });

  test('says and fails nothing any more, also when something of the world wakes it', async () => {
    const got: unknown[] = [];
    await run(async (world) => {
      world.process('b', (self) => self.receive((message) => got.push(message)));
      const a = world.process('a', async (self) => {
        await world.clock.sleep(20);
        self.send('b', 'from the dead');
        throw new Error('nobody failed');
      });
      await world.clock.sleep(10);
      a.crash();
      await world.clock.sleep(50);
    });
    expect(got).toEqual([]);
  });

  test('when the plan says so, and is back when it says so', async () => {
    const lives: string[] = [];
    const { faults } = await run(
      async (world) => {
        world.process('a', (self) => void lives.push(`${self.life} at ${self.clock.monotonicMs()}`));
        await world.clock.sleep(1000);
      },
      { plan: parsePlan('a@100=crash:50,a@300=crash:1,b@5=crash:1') },
    );
    expect(lives).toEqual(['1 at 0', '2 at 150', '3 at 301']);
    expect(faults).toHaveLength(2);
  });

  test('stays so when it was the program that crashed it, and paused when the program paused it', async () => {
    await run(
      async (world) => {
        const [a, b] = ['a', 'b'].map((name) => world.process(name, () => undefined));
        a?.crash();
        let wakes = 0;
        const c = world.process('c', (self) => {
          self.clock.schedule(30, () => wakes++);
        });
        c.pause();
        await world.clock.sleep(1000);
        expect([a?.lives, a?.isRunning, b?.lives, wakes]).toEqual([1, false, 2, 0]);
      },
      { plan: parsePlan('a@10=crash:50,b@10=crash:50,c@10=pause:50') },
    );
  });

  test('is no failure of the run, whatever became of what it had begun', async () => {
    await run(async (world) => {
      const a = world.process('a', async (self) => {
        await self.clock.sleep(10);
        if (self.life === 1) throw new Error('never reached');
      });
      await world.clock.sleep(5);
      a.pause();
      a.crash();
      await world.clock.sleep(50);
    });
  });
});

test('a process that is paused knows nothing of it, and does late what fell due meanwhile', async () => {
  const seen: string[] = [];
  await run(async (world) => {
    const a = world.process('a', (self) => {
      self.clock.schedule(20, () => seen.push(`20 at ${self.clock.monotonicMs()}`));
      self.clock.schedule(30, () => seen.push(`30 at ${self.clock.monotonicMs()}`));
      self.clock.schedule(90, () => seen.push(`90 at ${self.clock.monotonicMs()}`));
      self.receive((message) => seen.push(`${message} at ${self.clock.monotonicMs()}`));
    });
    world.network({ latency: { leastMs: 1, mostMs: 1 } });
    world.process('b', async (self) => {
      await self.clock.sleep(39);
      self.send('a', 'message');
    });
    await world.clock.sleep(10);
    a.pause();
    await world.clock.sleep(50);
    a.resume();
    await world.clock.sleep(50);
  });
  expect(seen).toEqual(['20 at 60', '30 at 60', 'message at 60', '90 at 90']);
});

test('a message that has come to a paused process is not lost by a partition that comes later', async () => {
  const got: unknown[] = [];
  await run(async (world) => {
    const network = world.network({ latency: { leastMs: 1, mostMs: 1 } });
    const a = world.process('a', (self) => self.receive((message) => got.push(message)));
    a.pause();
    world.process('b', (self) => self.send('a', 'message'));
    await world.clock.sleep(10);
    network.partition(['a']);
    a.resume();
    await world.clock.sleep(10);
  });
  expect(got).toEqual(['message']);
});

describe('messages', () => {
  /** What b gets of 1 … 5 from a. */
  async function sent(plan: string, seed = 0, cut?: [fromMs: number, toMs: number]) {
    const got: number[] = [];
    await run(
      async (world) => {
        const network = world.network({ latency: { leastMs: 1, mostMs: 40 } });
        world.process<number>('b', (self) => self.receive((number) => got.push(number)));
        world.process<number>('a', async (self) => {
          for (let number = 1; number <= 5; number++) {
            self.send('b', number);
            await self.clock.sleep(10);
          }
        });
        if (cut) {
          await world.clock.sleep(cut[0]);
          const heal = network.partition(['a']);
          await world.clock.sleep(cut[1] - cut[0]);
          heal();
        }
        await world.clock.sleep(500);
      },
      { plan: parsePlan(plan) },
      seed,
    );
    return got;
  }

  test('arrive in order, each once, when nothing goes wrong', async () => {
    for (let seed = 0; seed < 30; seed++) expect(await sent('none', seed)).toEqual([1, 2, 3, 4, 5]);
  });

  test('are lost, doubled, or arrive out of order', async () => {
    expect(await sent('a>b#2=drop')).toEqual([1, 3, 4, 5]);
    expect((await sent('a>b#2=duplicate')).toSorted()).toEqual([1, 2, 2, 3, 4, 5]);
    const orders = new Set<string>();
    for (let seed = 0; seed < 50; seed++) orders.add(`${await sent('a>b#2=reorder', seed)}`);
    expect(orders).toContain('2,1,3,4,5');
  });

  test('do not pass a partition, neither those on their way; a process alone is one, too', async () => {
    const got = await sent('none', 0, [5, 45]);
    expect(got.length).toBeLessThan(2);
    expect(await sent('a@0=isolate:25')).toEqual([4, 5]);
    expect(await sent('b@0=isolate:25')).toEqual([4, 5]);
  });

  test('are copies: nobody shares memory with another process', async () => {
    const mine = { list: [1] };
    await run(async (world) => {
      world.process<typeof mine>('b', (self) => self.receive(({ list }) => list.push(2)));
      world.process<typeof mine>('a', (self) => {
        self.send('b', mine);
        mine.list.push(3);
        self.send('nobody', mine);
      });
      await world.clock.sleep(100);
    });
    expect(mine.list).toEqual([1, 3]);

    const got: number[][] = [];
    await run(
      async (world) => {
        world.process<number[]>('b', (self) => self.receive((list) => got.push(list)));
        world.process<number[]>('a', (self) => self.send('b', [1]));
        await world.clock.sleep(100);
      },
      { plan: parsePlan('a>b#1=duplicate') },
    );
    expect(got).toEqual([[1], [1]]);
    expect(got[0]).not.toBe(got[1]);
  });
});

test.each<[string, Program, string]>([
  [
    'a network that loses more than all',
    (world) => void world.network({ drop: 0.8, duplicate: 0.4 }),
    'got 1.2',
  ],
  [
    'a second process of one name',
    (world) => world.process('a', () => undefined),
    'a process named a already',
  ],
  ['a process that no plan can name', (world) => world.process('a>b', () => undefined), 'got "a>b"'],
  ['a port whose line could not be replayed', (world) => void world.port('my server', {}), 'got "my server"'],
  ['a connection lost for no time', (world) => world.connection.lose(Number.NaN), 'forMs must be'],
])('%s is refused', async (_what, program, message) => {
  const { state, error } = (await simulate(0, async (world) => {
    world.process('a', () => undefined);
    await program(world);
  })) as { state: string; error?: Error };
  expect([state, error?.message]).toEqual(['failed', expect.stringContaining(message)]);
});

test('crashes, pauses and partitions come by themselves, as often as they should', async () => {
  const lasts = { leastMs: 1, mostMs: 9 };
  const { faults } = await run(async (world) => {
    world.process('a', () => undefined, {
      crash: { everyMs: 95, lasts },
      pause: { everyMs: 195, lasts },
      isolate: { everyMs: 195, lasts },
    });
    await world.clock.sleep(100_000);
  });
  const count = (what: string) => faults.filter((fault) => fault.what === what).length;
  // Poisson: 1000 and 500 expected, five standard deviations.
  expect(Math.abs(count('crash') - 1000)).toBeLessThan(160);
  expect(Math.abs(count('pause') - 500)).toBeLessThan(115);
  expect(Math.abs(count('isolate') - 500)).toBeLessThan(115);
  expect(faults.every(({ forMs = 0 }) => forMs >= 1 && forMs <= 9)).toBe(true);
});
