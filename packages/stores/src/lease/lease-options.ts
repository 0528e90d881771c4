import { hostname } from 'node:os';
import {
  type Clock,
  currentOperation,
  noSignals,
  type Random,
  type SignalSink,
  systemClock,
  systemRandom,
} from '@sustain/kernel';
import { checkOptions, type NumberRange, TEXT, WAIT } from '@sustain/kernel/options';

export interface LeaseOptions {
  /**
   * How long it takes until others can have the lease of a holder that has died. It is renewed three times as often.
   * Whole milliseconds, 100 or more.
   */
  readonly ttlMs: number;
  /**
   * So long before the store lets others have it, a holder takes its lease for lost: for what is under way when that
   * happens, and for clocks of different speed. Milliseconds, up to half of `ttlMs`. Default: a tenth.
   */
  readonly marginMs?: number | undefined;
  /** How long `acquireLease` waits for its turn. Milliseconds. Default: until `signal`. */
  readonly maxWaitMs?: number | undefined;
  /** Ends the waiting. A lease that has been acquired is not its business. */
  readonly signal?: AbortSignal | undefined;
  /** Who this is, for people to see. Default: host and process. */
  readonly holder?: string | undefined;
  /** Default: the host's. */
  readonly clock?: Clock | undefined;
  /** Tells holders apart: no two may have the same stream of chance. Default: the host's. */
  readonly random?: Random | undefined;
  /** Where `lease.acquired`, `lease.lost` and `lease.released` are told. Default: nowhere. */
  readonly signals?: SignalSink | undefined;
}

/** @internal Settled. */
export interface LeaseTerms {
  readonly ttlMs: number;
  readonly marginMs: number;
  readonly maxWaitMs: number | undefined;
  readonly holder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly signals: SignalSink;
  /** Who wants it: timers, which find out that it is lost, do not know. */
  readonly operationId: string | undefined;
}

/** @internal Throws a RangeError or TypeError that says which option is wrong. */
export function leaseTerms(key: string, options: LeaseOptions): LeaseTerms {
  const { ttlMs, marginMs = ttlMs / 10, maxWaitMs, holder = `${hostname()}/${process.pid}` } = options;
  const { clock = systemClock, random = systemRandom, signals = noSignals } = options;
  checkOptions(`lease ${key}`, {
    ttlMs: [ttlMs, TTL],
    marginMs: [marginMs, { ...WAIT, most: ttlMs / 2 }],
    maxWaitMs: [maxWaitMs ?? 0, WAIT],
    holder: [holder, TEXT],
  });
  const operationId = currentOperation()?.id;
  return { ttlMs, marginMs, maxWaitMs, holder, clock, random, signals, operationId };
}

/** Below, a busy event loop would lose it. Above, timers of no host reach: a century, as stores have it. */
const TTL: NumberRange = { least: 100, most: 100 * 365 * 24 * 3_600_000, whole: true };
