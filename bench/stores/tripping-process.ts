import process from 'node:process';
import { breakerChanged, pipeline, Signals, systemClock } from '@sustain/kernel';
import { sharedBreaker } from '@sustain/stores';
import { redisStore } from '@sustain/stores/redis';

/** What this process tells its parent. */
export type FromTripping =
  | { readonly say: 'ready' }
  /** Its breaker has opened by itself; `atNs` on the machine's monotonic clock, which all processes share. */
  | { readonly say: 'tripped'; readonly atNs: string }
  /** Its breaker is closed again. */
  | { readonly say: 'recovered' };

const signals = new Signals();
signals.on(breakerChanged, ({ data: { to, reason } }) => {
  if (to === 'open' && reason === 'consecutive-failures') {
    tell({ say: 'tripped', atNs: `${process.hrtime.bigint()}` });
  }
});
const store = redisStore({ url: process.argv[2] as string });
const breaker = sharedBreaker({ name: 'bench', store, signals, quorum: 1, consecutive: 1, openMs: 20 });
const policies = pipeline({ signals }, breaker);

/** Trips, and calls until a probe of its own has closed all. */
async function tripAndRecover(): Promise<void> {
  await policies.run(() => Promise.reject(new Error('broken'))).catch(() => undefined);
  while (breaker.phase.state !== 'closed') {
    await systemClock.sleep(5);
    await policies.run(() => 'answer').catch(() => undefined);
  }
  tell({ say: 'recovered' });
}

function tell(what: FromTripping): void {
  process.send?.(what);
}

process.on('message', () => void tripAndRecover());
process.on('disconnect', () => process.exit());
while (breaker.cluster().instances.length < 2) await systemClock.sleep(5);
tell({ say: 'ready' });
