import {
  type Clock,
  noSignals,
  type Random,
  type SignalSink,
  systemClock,
  systemRandom,
} from '@sustain/kernel';
import { COUNT, checkOption, checkOptions, type NumberRange, POSITIVE } from '@sustain/kernel/options';
import type { AddOptions } from './contract.ts';

/** What every queue may be told. */
export interface QueueOptions {
  /** 1 to 64 letters, digits, `.`, `_` and `-`. Those who open the same name on the same state share the queue. */
  readonly name: string;
  /** Of a job's data, and of its result, as JSON in UTF-8. A whole number, 1 or more. Default 256 KiB. */
  readonly maxDataBytes?: number | undefined;
  /**
   * How long completed and cancelled jobs are kept, and with them their idempotency keys. Whole milliseconds, 1000 or
   * more. Default a day.
   */
  readonly keepMs?: number | undefined;
  /** How many of the completed, and how many of the cancelled jobs are kept at most. 1 or more. Default 1000. */
  readonly keepCount?: number | undefined;
  /** The same of dead jobs. Default 14 days. */
  readonly keepDeadMs?: number | undefined;
  /** Default 10,000. */
  readonly keepDeadCount?: number | undefined;
  /** Default: the host's. */
  readonly clock?: Clock | undefined;
  /**
   * For ids and the jitter of retries. Those who share a queue must not draw the same numbers, or their jobs get the same
   * ids. Default: the host's.
   */
  readonly random?: Random | undefined;
  /** Where `jobs.*` are told. Default: nowhere. */
  readonly signals?: SignalSink | undefined;
}

/** @internal With the defaults filled in. */
export type SettledQueueOptions = {
  readonly [Name in keyof QueueOptions]-?: NonNullable<QueueOptions[Name]>;
};

/** @internal Throws a RangeError or TypeError when an option is out of range. */
export function settleQueueOptions(options: QueueOptions): SettledQueueOptions {
  const { name, maxDataBytes = 262_144, keepMs = 86_400_000, keepCount = 1000 } = options;
  const { keepDeadMs = 14 * 86_400_000, keepDeadCount = 10_000 } = options;
  const { clock = systemClock, random = systemRandom, signals = noSignals } = options;
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new RangeError(
      `name of the queue must be 1 to 64 letters, digits, ".", "_" and "-"; got ${String(name).slice(0, 80)}`,
    );
  }
  checkOptions('queue', {
    maxDataBytes: [maxDataBytes, COUNT],
    keepMs: [keepMs, KEEP],
    keepCount: [keepCount, COUNT],
    keepDeadMs: [keepDeadMs, KEEP],
    keepDeadCount: [keepDeadCount, COUNT],
  });
  return { name, maxDataBytes, keepMs, keepCount, keepDeadMs, keepDeadCount, clock, random, signals };
}

/** @internal Of `add`. Throws a RangeError or TypeError. */
export function settleAddOptions({ idempotencyKey, priority = 0, delayMs = 0 }: AddOptions): {
  readonly priority: number;
  readonly delayMs: number;
} {
  checkOptions('job', { priority: [priority, PRIORITY], delayMs: [delayMs, DELAY] });
  if (idempotencyKey !== undefined) {
    const length = typeof idempotencyKey === 'string' ? idempotencyKey.length : undefined;
    checkOption('the length of idempotencyKey of the job', length, { ...COUNT, most: 512 });
  }
  return { priority, delayMs };
}

/** @internal */
export const MAX_PRIORITY = 1000;

const NAME = /^[\w.-]{1,64}$/;
const KEEP: NumberRange = { ...POSITIVE, least: 1000, above: false, whole: true };
const PRIORITY: NumberRange = { least: 0, most: MAX_PRIORITY, whole: true };
/** Ten years: what goes on is in range of every clock, and of BullMQ's scores, which are 4096 times a time. */
const DELAY: NumberRange = { least: 0, most: 10 * 365 * 86_400_000 };
