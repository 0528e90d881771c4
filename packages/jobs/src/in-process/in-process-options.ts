import { checkOptions, POSITIVE, WAIT } from '@sustain/kernel/options';
import type { Store } from '@sustain/stores/contract';
import type { SignalOption } from '../contract.ts';
import { type QueueOptions, type SettledQueueOptions, settleQueueOptions } from '../queue-options.ts';

/** How a queue in this process is opened. */
export interface InProcessQueueOptions extends QueueOptions, SignalOption {
  /**
   * Where the jobs are kept, under `jobs/<name>/`; the queue is as durable as it is. It is not closed with the queue. Its
   * limit of a value must be above twice `maxDataBytes`.
   */
  readonly store: Store;
  /**
   * How long the queue stays ours without a sign of life. A process that is away for longer, as with a blocked event loop,
   * may lose it to another. 100 ms or more. Default 5000.
   */
  readonly ownerTtlMs?: number | undefined;
  /**
   * How long opening waits for another owner to go. By default a little longer than `ownerTtlMs`, so that a restart after
   * a crash just works, and a second process that lives beside the first is refused. 0: not at all.
   */
  readonly waitForOwnerMs?: number | undefined;
}

/** @internal With the defaults filled in. */
export interface SettledInProcessOptions extends SettledQueueOptions {
  readonly store: Store;
  readonly ownerTtlMs: number;
  readonly waitForOwnerMs: number;
}

/** @internal Throws a RangeError or TypeError. */
export function settleInProcessOptions(options: InProcessQueueOptions): SettledInProcessOptions {
  const { store, ownerTtlMs = 5000 } = options;
  const { waitForOwnerMs = ownerTtlMs * 1.25 } = options;
  checkOptions('queue', {
    ownerTtlMs: [ownerTtlMs, { ...POSITIVE, least: 100, above: false, whole: true }],
    waitForOwnerMs: [waitForOwnerMs, WAIT],
  });
  if (typeof store?.compareAndSet !== 'function') {
    throw new TypeError(`store of the queue must be a Store; got ${typeof store}`);
  }
  return { ...settleQueueOptions(options), store, ownerTtlMs, waitForOwnerMs };
}
