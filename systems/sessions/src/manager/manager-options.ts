import { hostname } from 'node:os';
import {
  type Clock,
  noSignals,
  type Random,
  type SignalSink,
  systemClock,
  systemRandom,
} from '@sustain/kernel';
import { COUNT, checkOptions, FOREVER, type NumberRange, POSITIVE, TEXT } from '@sustain/kernel/options';
import type { ServiceHealthOptions } from '@sustain/ops/health';
import type { Store } from '@sustain/stores';
import type { FallbackSettings, SessionRetryConfig } from '../recovery.ts';
import { randomIds } from './random-ids.ts';

export interface SessionManagerOptions {
  /** Where sessions are. It stays open when the manager is closed. */
  readonly primary: Store;
  /**
   * Keeps the journal while the primary is away: local, and at least as durable as `process-death`. Default: none; then
   * nothing can be done while the primary is away. It stays open, too.
   */
  readonly spare?: Store | undefined;
  /** Whether there is a fallback. Default: when there is a `spare`. */
  readonly enableFallback?: boolean | undefined;
  /**
   * Whose sessions and journal these are: every process on one primary needs a name of its own, the same each time it is
   * started. 1 to 64 bytes of an id. Default: the host's name.
   */
  readonly instance?: string | undefined;
  /** Whether other instances serve the same primary. Default false: this one is the only one. */
  readonly shared?: boolean | undefined;
  /** How long the primary may take to answer where there is no fallback. Milliseconds, above 0. Default 5000. */
  readonly patienceMs?: number | undefined;
  readonly retry?: SessionRetryConfig | undefined;
  /** How long a session lives after its last change. Whole milliseconds, 1000 or more; Infinity: for ever. Default 30 days. */
  readonly ttlMs?: number | undefined;
  /** Of a session's own state, as JSON. Default 512 KiB. */
  readonly maxStateBytes?: number | undefined;
  /** Of an event, and of what is set in a state at once, as JSON. Default 256 KiB. */
  readonly maxChangeBytes?: number | undefined;
  /** Changes that a session may have. A whole number, 1 or more. Default 1,000,000. */
  readonly maxChanges?: number | undefined;
  /** Sessions that are kept in memory, at most. Default 10,000. */
  readonly maxSessionsInMemory?: number | undefined;
  /** What they may take, about. Default 64 MiB. */
  readonly maxBytesInMemory?: number | undefined;
  /**
   * After how many changes what a session has become is put together, which who opens it need then not do. A whole number,
   * 1 or more. Default 100.
   */
  readonly changesPerBase?: number | undefined;
  /** How often expired sessions are cleared away. Milliseconds, above 0; Infinity: only when asked. Default a minute. */
  readonly cleanupEveryMs?: number | undefined;
  /** How long an instance waits for another to hand a session over. Milliseconds, above 0. Default 2000. */
  readonly handOverPatienceMs?: number | undefined;
  /**
   * How long an instance that holds sessions may be silent until others take them over without asking: then what it may
   * have acknowledged and not yet brought in is recorded as a conflict when it returns. It acknowledges nothing without its
   * primary after nine tenths of this. Milliseconds, 20,000 or more; Infinity: never. Default 5 minutes.
   */
  readonly takeOverAfterMs?: number | undefined;
  /** Of the fallback: patience, probes, limits of the journal. */
  readonly fallback?: FallbackSettings | undefined;
  /** Thresholds of seed 004: success rate 0.8, slow from 5 s on, the last 100 response times. */
  readonly health?: Partial<Omit<ServiceHealthOptions, 'name' | 'clock' | 'signals'>> | undefined;
  readonly clock?: Clock | undefined;
  /** For jitter. Default: the host's. */
  readonly random?: Random | undefined;
  /** Makes ids, which nobody must be able to guess. Default: 128 random bits of the host. */
  readonly newId?: (() => string) | undefined;
  /** Where `sessions.*`, and what the stores tell, is told. Default: nowhere. */
  readonly signals?: SignalSink | undefined;
}

/** @internal With the defaults filled in. */
export interface SettledManagerOptions {
  readonly primary: Store;
  readonly spare: Store | undefined;
  readonly instance: string;
  readonly shared: boolean;
  readonly patienceMs: number;
  readonly retry: SessionRetryConfig;
  readonly ttlMs: number | undefined;
  readonly maxStateBytes: number;
  readonly maxChangeBytes: number;
  readonly maxChanges: number;
  readonly maxSessionsInMemory: number;
  readonly maxBytesInMemory: number;
  readonly changesPerBase: number;
  readonly cleanupEveryMs: number;
  readonly handOverPatienceMs: number;
  readonly takeOverAfterMs: number;
  readonly fallback: FallbackSettings;
  readonly health: NonNullable<SessionManagerOptions['health']>;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly signals: SignalSink;
}

/** @internal Throws a RangeError or TypeError that says which option is wrong. */
export function settleManagerOptions(options: SessionManagerOptions): SettledManagerOptions {
  const { primary, enableFallback = options.spare !== undefined, shared = false } = options;
  const { instance = hostname(), retry = {}, fallback = {}, health = {} } = options;
  const { ttlMs = 30 * DAY_MS, maxStateBytes = 524_288, maxChangeBytes = 262_144 } = options;
  const { maxChanges = 1_000_000, maxSessionsInMemory = 10_000, maxBytesInMemory = 67_108_864 } = options;
  const { cleanupEveryMs = 60_000, handOverPatienceMs = 2000, takeOverAfterMs = 300_000 } = options;
  const { clock = systemClock, random = systemRandom, signals = noSignals } = options;
  const { changesPerBase = 100 } = options;
  const { patienceMs = fallback.patienceMs ?? 5000 } = options;
  const { newId = randomIds() } = options;
  checkOptions('session manager', {
    instance: [instance, TEXT],
    ttlMs: [ttlMs === FOREVER ? 1000 : ttlMs, TTL],
    maxStateBytes: [maxStateBytes, COUNT],
    maxChangeBytes: [maxChangeBytes, COUNT],
    maxChanges: [maxChanges, COUNT],
    maxSessionsInMemory: [maxSessionsInMemory, COUNT],
    maxBytesInMemory: [maxBytesInMemory, COUNT],
    patienceMs: [patienceMs, POSITIVE],
    changesPerBase: [changesPerBase, COUNT],
    cleanupEveryMs: [cleanupEveryMs, { least: 1 }],
    handOverPatienceMs: [handOverPatienceMs, POSITIVE],
    takeOverAfterMs: [takeOverAfterMs, { least: 20_000 }],
  });
  if (!/^(?!\.{1,2}$)[\w.-]{1,64}$/.test(instance)) {
    throw new RangeError(
      `instance of the session manager must be 1 to 64 letters, digits, ".", "_" and "-", and not "." or ".."; got ${instance.slice(0, 80)}`,
    );
  }
  if (enableFallback && options.spare === undefined) {
    throw new TypeError(
      'spare of the session manager must be a store when enableFallback is true: the journal is kept there',
    );
  }
  return {
    ...{
      primary,
      spare: enableFallback ? options.spare : undefined,
      instance,
      shared,
      patienceMs,
      retry,
      fallback,
      health,
    },
    ttlMs: ttlMs === FOREVER ? undefined : ttlMs,
    ...{ maxStateBytes, maxChangeBytes, maxChanges, maxSessionsInMemory, maxBytesInMemory },
    changesPerBase,
    ...{ cleanupEveryMs, handOverPatienceMs, takeOverAfterMs, clock, random, signals, newId },
  };
}

/** @internal Of one session. Throws a RangeError or TypeError. */
export const TTL: NumberRange = { least: 1000, most: 100 * 365 * 86_400_000, whole: true };

const DAY_MS = 86_400_000;
