import { hostname } from 'node:os';
import {
  type BreakerOptions,
  type Clock,
  noSignals,
  type Random,
  type SignalSink,
  systemClock,
  systemRandom,
} from '@sustain/kernel';
import { COUNT, checkOptions, type NumberRange, TEXT } from '@sustain/kernel/options';
import type { Store } from '../contract.ts';

export interface SharedBreakerOptions<T = never> extends Omit<BreakerOptions<T>, 'mayProbe'> {
  /** What all instances share. Only reached in the background: how fast it is does not matter to calls. */
  readonly store: Store;
  /**
   * How many instances must have opened by themselves for all to open. A whole number; or, below 1, the share of the
   * instances that live, more than which it must be, and 2 at least. Default 0.5, more than half: neither one sick node
   * nor one of two halves of a cluster takes the other instances' healthy dependency away. 1: whoever opens, opens all.
   */
  readonly quorum?: number;
  /** Which instance this is, to be told apart and seen. Default: host, process and chance. */
  readonly instance?: string;
  /** How long an instance that has died is counted, and its vote. Whole milliseconds, 300 or more. Default 10,000. */
  readonly instanceTtlMs?: number;
  /** How long it takes until another may probe when the one that does has died. Likewise, 100 or more. Default 3000. */
  readonly probeTtlMs?: number;
  /** A store that does not answer for so long is away. Likewise, 1 or more. Default 2000. */
  readonly storeTimeoutMs?: number;
  /** That of its pipelines. Default: the host's. */
  readonly clock?: Clock;
  /** Default: the host's. No two instances may have the same stream. */
  readonly random?: Random;
  /** Where `shared-breaker.alone`, `.together` and `.decided`, and `breaker.changed`, are told. Default: nowhere. */
  readonly signals?: SignalSink;
}

/** @internal Settled. */
export interface ClusterTerms {
  readonly name: string;
  readonly store: Store;
  readonly quorum: number;
  /** As it stands in keys. */
  readonly instance: string;
  readonly instanceTtlMs: number;
  readonly probeTtlMs: number;
  readonly storeTimeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly signals: SignalSink;
}

/** @internal Throws a RangeError or TypeError that says which option is wrong. */
export function clusterTerms(options: SharedBreakerOptions<never>): ClusterTerms {
  const { name, store, quorum = 0.5, random = systemRandom, clock = systemClock } = options;
  const { instanceTtlMs = 10_000, probeTtlMs = 3000, storeTimeoutMs = 2000, signals = noSignals } = options;
  const chance = Math.floor(random.next() * 2 ** 32).toString(36);
  const { instance = `${hostname()}-${process.pid}-${chance}` } = options;
  checkOptions(`shared breaker ${name}`, {
    name: [name, TEXT],
    quorum: [quorum, quorum < 1 ? { least: 0, above: true } : COUNT],
    instance: [instance, TEXT],
    instanceTtlMs: [instanceTtlMs, whole(300)],
    probeTtlMs: [probeTtlMs, whole(100)],
    storeTimeoutMs: [storeTimeoutMs, whole(1)],
  });
  return {
    name,
    store,
    quorum,
    instance: encodeURIComponent(instance),
    instanceTtlMs,
    probeTtlMs,
    storeTimeoutMs,
    clock,
    random,
    signals,
  };
}

/** Up to a day: who is dead for longer should not be counted. */
function whole(least: number): NumberRange {
  return { least, most: 86_400_000, whole: true };
}
