import {
  type Backoff,
  type Clock,
  constant,
  exponential,
  linear,
  type Policy,
  type Random,
  retry,
  type SignalSink,
  type SignalType,
} from '@sustain/kernel';
import { checkOptions } from '@sustain/kernel/options';
import {
  type FallbackChange,
  type FallbackOptions,
  type FallbackState,
  type FallbackStore,
  fallbackChanged,
  fallbackStore,
  type Store,
} from '@sustain/stores';
import { LOGS } from './layout/index.ts';
import { sessionModeChanged } from './signals.ts';

// What is done about a store that fails: it is asked again, and when it stays away a journal takes its place.

/** How what fails is tried again: the configuration of seed 004, in milliseconds. */
export interface SessionRetryConfig {
  /** Attempts in all, the first one included. A whole number, 1 or more. Default 3. */
  readonly maxAttempts?: number | undefined;
  /** The wait after the first failure, before jitter. Milliseconds, 0 or more. Default 1000. */
  readonly baseDelayMs?: number | undefined;
  /** The longest wait. Milliseconds, 0 or more. Default 30,000. */
  readonly maxDelayMs?: number | undefined;
  /** What each further wait is multiplied with. 1 to 1000. Default 2. */
  readonly exponentialBase?: number | undefined;
  /** Whether waits are spread from 0 to the whole, so that callers do not come back together. Default true. */
  readonly jitter?: boolean | undefined;
  /** How waits grow: `exponential`, or `linear`, or `constant`. Default `exponential`. */
  readonly backoffStrategy?: 'exponential' | 'linear' | 'constant' | undefined;
}

/**
 * Tries again what is retryable by its fault: never what does not exist, is not valid, or conflicts. Throws a RangeError
 * or TypeError when an option is out of range.
 */
export function sessionRetry(config: SessionRetryConfig = {}): Policy {
  return retry({ maxAttempts: config.maxAttempts ?? 3, backoff: sessionBackoff(config) });
}

function sessionBackoff(config: SessionRetryConfig): Backoff {
  const { baseDelayMs: baseMs = 1000, maxDelayMs: maxMs = 30_000, exponentialBase: factor = 2 } = config;
  const { backoffStrategy = 'exponential', jitter: isSpread = true } = config;
  checkOptions('session retry', {
    backoffStrategy: [backoffStrategy, ['exponential', 'linear', 'constant']],
  });
  const jitter = isSpread ? 'full' : 'none';
  if (backoffStrategy === 'constant') return constant(Math.min(baseMs, maxMs), { jitter });
  if (backoffStrategy === 'linear') return linear({ baseMs, maxMs, jitter });
  return exponential({ baseMs, maxMs, factor, jitter });
}

/** What may be acknowledged without the primary, what is known not to exist, and what nobody else writes or changes. */
export interface FallbackRights {
  mayAcknowledge(key: string): boolean;
  knowsAbsent(key: string): boolean;
  isWrittenOnce(key: string): boolean;
}

export interface SessionFallbackOptions {
  readonly primary: Store;
  /** Has the journal. */
  readonly spare: Store;
  readonly instance: string;
  /** Whether other instances write the same sessions. */
  readonly shared: boolean;
  readonly fallback: FallbackSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly signals: SignalSink;
}

/** Patience, probes, limits of the journal. */
export type FallbackSettings = Partial<
  Omit<FallbackOptions, 'primary' | 'spare' | 'instance' | 'onConflict'>
>;

/**
 * The fallback of sessions: a store that goes on from a journal while the primary is away, told as the mode `degraded`.
 */
export class SessionFallbackManager {
  readonly store: FallbackStore;

  constructor(options: SessionFallbackOptions, rights: FallbackRights) {
    const { primary, spare, instance, shared, clock, random, signals, fallback } = options;
    this.store = fallbackStore({
      name: 'sessions',
      absenceMaxAgeMs: shared ? 0 : Number.POSITIVE_INFINITY,
      ...fallback,
      ...{ primary, spare, instance, clock, random },
      signals: tellingMode(signals),
      // Nobody else writes what this instance may acknowledge: theirs is there only when this one was given up for lost.
      onConflict: 'reject',
      // What an instance that was given up brings in afterwards must not come among what others have written since.
      guards: shared ? 'check-on-return' : 'ignore',
      mayAcknowledge: (key) => rights.mayAcknowledge(key),
      // Of the logs no whole is known without the primary: sessions are read from what the manager has in memory.
      remembers: (key) => !key.startsWith(LOGS),
      knowsAbsent: (key) => rights.knowsAbsent(key),
      writtenOnce: (key) => rights.isWrittenOnce(key),
    });
  }

  /** Whether the primary does everything. */
  get isNormal(): boolean {
    return this.store.state().state === 'primary';
  }

  state(): FallbackState {
    return this.store.state();
  }
}

/** The same signals, and `sessions.mode.changed` beside those of the fallback. */
function tellingMode(signals: SignalSink): SignalSink {
  const modes = signals.channel(sessionModeChanged);
  return {
    channel: <Data>(type: SignalType<Data>) => {
      const channel = signals.channel(type);
      if ((type as SignalType<unknown>) !== fallbackChanged) return channel;
      return {
        get heard() {
          return channel.heard || modes.heard;
        },
        emit(data: Data, origin: Parameters<typeof channel.emit>[1]) {
          channel.emit(data, origin);
          const { from, to, reason } = data as FallbackChange;
          const mode = to === 'primary' ? 'normal' : 'degraded';
          if (from !== 'opening' || mode === 'degraded')
            modes.emit({ mode, reason }, { ...origin, source: 'sessions' });
        },
      };
    },
  };
}
