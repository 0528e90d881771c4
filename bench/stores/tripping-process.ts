import process from 'node:process';
import { breakerChanged, pipeline, Signals } from '@sustain/kernel';
import { redisStore } from '@sustain/stores/redis';
import { sharedBreakers, together } from './shared-breakers.ts';

/** What this process tells its parent. */
export type FromTripping =
  | { readonly say: 'ready' }
  /** A breaker has opened; `atNs` on the machine's monotonic clock, which all processes share. */
  | { readonly say: 'tripped'; readonly atNs: string };

// Trips one breaker a message, each once. Its arguments: where the server is.
const signals = new Signals();
const store = redisStore({ url: process.argv[2] as string });
const breakers = sharedBreakers(store, signals);

signals.on(breakerChanged, () => tell({ say: 'tripped', atNs: `${process.hrtime.bigint()}` }));
process.on('message', () => {
  const next = breakers.shift();
  if (next === undefined) return;
  const policies = pipeline({ signals }, next);
  void policies.run(() => Promise.reject(new Error('broken'))).catch(() => undefined);
});
process.on('disconnect', () => process.exit());

function tell(what: FromTripping): void {
  process.send?.(what);
}

await together(breakers);
tell({ say: 'ready' });
