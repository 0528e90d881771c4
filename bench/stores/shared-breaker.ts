import { fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { redisServer } from '@sustain/drills';
import { breaker, breakerChanged, pipeline, Signals } from '@sustain/kernel';
import { sharedBreaker } from '@sustain/stores';
import { redisStore } from '@sustain/stores/redis';
import type { BenchFigure } from '../bench-case.ts';
import { beside, work } from '../policies/beside.ts';
import type { FromTripping } from './tripping-process.ts';

const TRIPS = 200;

/** How long after a breaker has opened in one process it is open in another, on one Redis: the 99th percentile, in ms. */
export async function sharedBreakerTrip(): Promise<BenchFigure> {
  const delaysMs = (await tripDelaysMs()).toSorted((one, other) => one - other);
  return { value: delaysMs[Math.ceil(delaysMs.length * 0.99) - 1] as number };
}

/** What a call through a shared breaker costs, beside one through a local breaker. */
export async function sharedBreakerDecision(): Promise<BenchFigure[]> {
  await using server = redisServer();
  await server.start();
  const store = redisStore({ url: server.url });
  await using shared = sharedBreaker({ name: 'bench', store });
  const contenders = {
    ours: pipeline(shared).wrap(work),
    'local-breaker': pipeline(breaker({ name: 'bench' })).wrap(work),
  };
  try {
    return await beside(contenders);
  } finally {
    await shared.close();
    await store.close();
  }
}

async function tripDelaysMs(): Promise<readonly number[]> {
  await using server = redisServer();
  await server.start();
  const { url } = server;
  const store = redisStore({ url });
  const signals = new Signals();
  let openedNs: bigint | undefined;
  let wake: (() => void) | undefined;
  const changed = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  signals.on(breakerChanged, ({ data: { to } }) => {
    if (to === 'open') openedNs = process.hrtime.bigint();
    wake?.();
  });
  await using follower = sharedBreaker({
    name: 'bench',
    store,
    signals,
    quorum: 1,
    consecutive: 1,
    openMs: 20,
  });
  const tripping = fork(new URL('tripping-process.ts', import.meta.url), [url]);
  const said = async () => ((await once(tripping, 'message')) as [FromTripping])[0];
  try {
    await said(); // that it is ready
    const delaysMs: number[] = [];
    while (delaysMs.length < TRIPS) {
      openedNs = undefined;
      const opened = (async () => {
        while (openedNs === undefined) await changed();
        return openedNs;
      })();
      const tripped = said();
      tripping.send('trip');
      const told = await tripped;
      const recovered = said();
      const atNs = BigInt(told.say === 'tripped' ? told.atNs : 0);
      delaysMs.push(Number((await opened) - atNs) / 1e6);
      await recovered;
      while (follower.phase.state !== 'closed') await changed();
    }
    return delaysMs;
  } finally {
    tripping.disconnect();
    await once(tripping, 'exit');
    await follower.close();
    await store.close();
  }
}
