import { type Clock, classify, type SignalSink } from '@sustain/kernel';
import type { Change, Store } from '@sustain/stores';
import { ALIVE, INSTANCES, type Owner } from '../layout/index.ts';
import { sessionWatchFailed } from '../signals.ts';
import { answered } from './answered.ts';

/** What an instance says of itself in the primary. */
export interface InstanceRecord {
  /** Of the life whose sessions are its own. What earlier lives have left in the journal is in the primary. */
  readonly generation: number;
  /** Tells lives apart that have begun at the same time under the same name. */
  readonly life: string;
  /** `closed`: it has ended in order, and holds nothing any more. */
  readonly state: 'serving' | 'closed';
}

export interface InstancesOptions {
  readonly primary: Store;
  readonly clock: Clock;
  readonly signals: SignalSink;
  readonly takeOverAfterMs: number;
  /** For how long all that was said in the primary could be heard here: silence before that says nothing. */
  readonly steadyMs: () => number;
}

/** What this instance knows of the others: their lives, and whether they live. */
export class Instances {
  readonly #options: InstancesOptions;
  readonly #records = new Map<string, InstanceRecord>();
  readonly #alive = new Set<string>();
  readonly #silentSinceMs = new Map<string, number>();

  constructor(options: InstancesOptions) {
    this.#options = options;
  }

  recordOf(instance: string): InstanceRecord | undefined {
    return this.#records.get(instance);
  }

  isAlive(instance: string): boolean {
    return this.#alive.has(instance);
  }

  /** Why a head with this owner is nobody's any more; undefined while it may be somebody's. */
  whyVoid({ instance, generation }: Owner): 'later life' | 'closed' | 'given up' | undefined {
    const record = this.#records.get(instance);
    if (record !== undefined && record.generation > generation) return 'later life';
    if (record?.generation === generation && record.state === 'closed') return 'closed';
    if (this.isAlive(instance)) return undefined;
    const { clock, steadyMs, takeOverAfterMs } = this.#options;
    const sinceMs = this.#silentSinceMs.get(instance) ?? Number.NEGATIVE_INFINITY;
    const silentMs = Math.min(clock.monotonicMs() - sinceMs, steadyMs());
    return silentMs >= takeOverAfterMs ? 'given up' : undefined;
  }

  /** Listens until the signal aborts. */
  async listen(signal: AbortSignal): Promise<void> {
    await Promise.all([
      watchFor<InstanceRecord>(INSTANCES, this.#options, signal, (change) => {
        if (change.kind === 'set') this.hear(change.key.slice(INSTANCES.length), change.value);
      }),
      watchFor(
        ALIVE,
        this.#options,
        signal,
        (change) => {
          const instance = change.key.slice(ALIVE.length);
          if (change.kind === 'set') {
            this.#alive.add(instance);
            this.#silentSinceMs.delete(instance);
          } else {
            this.#hush(instance);
          }
        },
        () => {
          // Who has fallen silent between two watches is told by neither.
          for (const instance of [...this.#alive]) this.#hush(instance);
        },
      ),
    ]);
  }

  hear(instance: string, record: InstanceRecord): void {
    this.#records.set(instance, record);
  }

  #hush(instance: string): void {
    if (this.#alive.delete(instance)) this.#silentSinceMs.set(instance, this.#options.clock.monotonicMs());
  }
}

/**
 * Hears of all changes below `prefix`, those from before included, until the signal aborts; whatever fails meanwhile.
 * `onBegun`: what is there is told anew.
 */
export async function watchFor<Value>(
  prefix: string,
  { primary, clock, signals }: Pick<InstancesOptions, 'primary' | 'clock' | 'signals'>,
  signal: AbortSignal,
  onChange: (change: Change<Value>) => void,
  onBegun?: () => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const asked = primary.watch<Value>(prefix, { existing: true, signal });
      const watch = await answered(asked, primary.name, WATCH_PATIENCE_MS, clock);
      onBegun?.();
      for await (const change of watch) onChange(change);
    } catch (error) {
      if (signal.aborted) return;
      const fault = classify(error);
      signals.channel(sessionWatchFailed).emit({ prefix, fault }, { source: 'sessions' });
    }
    await clock.sleep(WATCH_AGAIN_MS, { signal, keepAlive: false }).catch(() => undefined);
  }
}

const WATCH_AGAIN_MS = 500;
const WATCH_PATIENCE_MS = 5000;
