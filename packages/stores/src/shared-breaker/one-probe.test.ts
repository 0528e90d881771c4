import { seededRandom } from '@sustain/kernel';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Cluster, type Instance } from './cluster.fixture.ts';

interface Probe {
  /** Whoever has lost its turn cannot call its probe back; what it finds no longer counts. */
  readonly counts: () => boolean;
}

/**
 * Instances with calls all the time, on a dependency that is sick half of the time, while some die, are paused, or cut off.
 * Answers how many probes were made, the most that were under way at once, and how it ended.
 */
async function run(seed: number, isSteady: boolean) {
  const random = seededRandom(seed);
  const cluster = new Cluster(
    { openMs: 500, probeTtlMs: 600, instanceTtlMs: 3000, probeDeadlineMs: 5000 },
    seed,
  );
  const { time, instances } = cluster;
  await cluster.start(5, { latencyMs: 5, lostAnswers: isSteady ? 0 : 0.05 });
  let isSick = true;
  let probes = 0;
  let mostAtOnce = 0;
  const underWay = new Set<Probe>();

  const call = (instance: Instance) => {
    const { breaker } = instance;
    void instance.run(async () => {
      const era = instance.changes.length;
      // Not those that an instance makes for itself, nor those of a turn that it has lost since.
      const counts = () => {
        const { state, decision } = breaker.cluster();
        const isItsTurn = instance.state === 'half-open' && instance.changes.length === era;
        const isAbout = isSteady || (isItsTurn && !instance.process.isPaused);
        return isAbout && state === 'together' && decision?.state === 'open';
      };
      const isProbe = instance.state === 'half-open' && counts();
      const probe = { counts };
      if (isProbe) {
        probes++;
        underWay.add(probe);
        mostAtOnce = Math.max(mostAtOnce, [...underWay].filter(({ counts }) => counts()).length);
      }
      await instance.process.clock.sleep(10 + random.next() ** 3 * 2500);
      underWay.delete(probe);
      if (isSick) throw new Error('sick');
      return 'answer';
    });
  };

  for (let step = 0; step < 150; step++) {
    for (const each of instances) if (!each.process.isPaused) call(each);
    if (step % 30 === 0) isSick = !isSick || step === 0;
    if (!isSteady) {
      const { process } = instances[Math.floor(random.next() * instances.length)] as Instance;
      const what = random.next();
      if (what < 0.04) process.pause();
      else if (what < 0.08) process.cut();
      else if (what < 0.2) process.resume();
      else if (what < 0.3) process.heal();
    }
    await time.advance(random.next() * 120);
  }
  for (const { process } of instances) {
    process.lostAnswers = 0;
    process.resume();
    process.heal();
  }
  isSick = false;
  for (let step = 0; step < 100; step++) {
    for (const each of instances) call(each);
    await time.advance(100);
  }
  const states = [...cluster.states];
  await cluster.close();
  await time.advance(10_000);
  return { probes, mostAtOnce, states, left: time.waitingTimers };
}

it.each([
  ['when nothing else is broken', true],
  ['whoever dies or is cut off', false],
])(
  'one probe at a time in the whole cluster, %s, and all close when the dependency is well',
  async (_when, isSteady) => {
    let probes = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
        const end = await run(seed, isSteady);
        expect(end).toMatchObject({ states: ['closed', 'closed', 'closed', 'closed', 'closed'], left: 0 });
        expect(end.mostAtOnce).toBeLessThanOrEqual(1);
        probes += end.probes;
      }),
      { numRuns: 20, seed: 4, endOnFailure: true },
    );
    expect(probes).toBeGreaterThan(50);
  },
);
