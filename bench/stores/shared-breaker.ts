import { fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { redisServer } from '@sustain/drills';
import { breaker, breakerChanged, pipeline, Signals } from '@sustain/kernel';
import { sharedBreaker } from '@sustain/stores';
import { redisStore } from '@sustain/stores/redis';
import type { BenchFigure } from '../bench-case.ts';
import { beside, work } from '../policies/beside.ts';
import { sharedBreakers, together } from './shared-breakers.ts';
import type { FromTripping } from './tripping-process.ts';

/** How long after a breaker has opened in one process it is open in another, on one Redis: the 99th percentile of 200 trips, in ms. */
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
  const breakers = sharedBreakers(store, signals);
  const tripping = fork(new URL('tripping-process.ts', import.meta.url), [url]);
  const said = async () => ((await once(tripping, 'message')) as [FromTripping])[0];
  try {
    await Promise.all([said(), together(breakers)]);
    const delaysMs: number[] = [];
    for (const _ of breakers) {
      const opened = new Promise<bigint>((resolve) => {
        const stop = signals.on(breakerChanged, () => {
          stop();
          resolve(process.hrtime.bigint());
        });
      });
      const told = said();
      tripping.send('trip');
      const tripped = await told;
      const atNs = tripped.say === 'tripped' ? BigInt(tripped.atNs) : 0n;
      delaysMs.push(Number((await opened) - atNs) / 1e6);
    }
    return delaysMs;
  } finally {
    tripping.disconnect();
    await once(tripping, 'exit');
    await Promise.all(breakers.map((breaker) => breaker.close()));
    await store.close();
  }
}
