import { classify } from '@sustain/kernel';
import type { Store } from '@sustain/stores';
import { type Ownership, SharedOwnership, soleOwnership } from '../ownership/index.ts';
import { SessionFallbackManager } from '../recovery.ts';
import { ScopedState } from '../scoped/index.ts';
import { sessionBaseFailed } from '../signals.ts';
import { SessionFiles, SessionMemory } from '../storage/index.ts';
import type { SettledManagerOptions } from './manager-options.ts';
import { patientStore } from './patient-store.ts';
import { SessionCleaner } from './session-cleanup.ts';
import { SessionDeletion } from './session-deletion.ts';
import { SessionOperations } from './session-operations.ts';
import { SessionRequests } from './session-requests.ts';
import { SessionTurns } from './session-turns.ts';

/** What a manager consists of, and how it hangs together. */
export class ManagerParts {
  /** Waited for no longer than may be. */
  readonly primary: Store;
  readonly fallback: SessionFallbackManager | undefined;
  /** Where sessions are: the fallback's, where there is one. */
  readonly store: Store;
  readonly memory: SessionMemory;
  readonly ownership: Ownership;
  readonly requests: SessionRequests;
  readonly operations: SessionOperations;
  readonly deletion: SessionDeletion;
  readonly turns: SessionTurns;
  readonly cleaner: SessionCleaner;

  constructor(settings: SettledManagerOptions) {
    const { spare, instance, clock, random, signals, patienceMs } = settings;
    const { maxSessionsInMemory: maxSessions, maxBytesInMemory: maxBytes, maxStateBytes } = settings;
    this.primary = patientStore(settings.primary, patienceMs, clock);
    this.fallback =
      spare &&
      new SessionFallbackManager(
        { ...settings, spare },
        {
          mayAcknowledge: (key) => files.rights.mayAcknowledge(key),
          knowsAbsent: (key) => files.rights.knowsAbsent(key),
          isWrittenOnce: (key) => files.rights.isWrittenOnce(key),
        },
      );
    this.store = this.fallback?.store ?? this.primary;
    this.memory = new SessionMemory({ maxSessions, maxBytes });
    this.ownership = this.#ownership(settings);
    const failedBases = signals.channel(sessionBaseFailed);
    const { store, memory, ownership, primary } = this;
    const files: SessionFiles = new SessionFiles({
      ...{ store, memory, ownership },
      changesPerBase: settings.changesPerBase,
      isNormal: () => this.isNormal,
      onBaseFailed: (error, { key }) =>
        failedBases.emit({ sessionId: key.sessionId, fault: classify(error) }, { source: 'sessions' }),
    });
    const scoped = new ScopedState({
      ...{ store, clock, maxStateBytes, maxInMemory: maxSessions },
      maxAgeMs: settings.shared ? OTHERS_MAX_AGE_MS : Number.POSITIVE_INFINITY,
    });
    const turns = new SessionTurns();
    const deletion = new SessionDeletion(files, turns, clock);
    const isNormal = () => this.isNormal;
    const operations = new SessionOperations(settings, { files, scoped, turns, isNormal });
    this.requests = new SessionRequests(settings);
    this.operations = operations;
    this.deletion = deletion;
    this.turns = turns;
    this.cleaner = new SessionCleaner({
      ...{ store: primary, instance, clock, random, signals },
      leftovers: {
        store: primary,
        isOver: (by) => this.isNormal && ownership.isNobodyElses(by),
        inTurn: (at, work) => turns.runAt(at, work),
      },
      isOver: (head, signal) => deletion.isOver('cleanupExpiredSessions', head, signal),
      deleteExpired: (key, signal) => deletion.deleteExpired(key, signal),
    });
  }

  /** Whether the primary does everything, and has all that was acknowledged. */
  get isNormal(): boolean {
    return this.fallback?.isNormal ?? true;
  }

  #ownership(settings: SettledManagerOptions): Ownership {
    const { instance, shared, primary, spare, takeOverAfterMs, clock, signals, newId } = settings;
    if (!shared) return soleOwnership(instance);
    return new SharedOwnership({
      ...{ primary, spare, store: this.store, instance, takeOverAfterMs, clock, signals },
      life: newId(),
      patienceMs: settings.handOverPatienceMs,
      settled: async (signal) => this.fallback?.store.settled({ signal }),
      isNormal: () => this.isNormal,
      handOver: (key, to) => this.operations.handOver(key, to),
    });
  }
}

/** How old what other instances have shared may be when it is told. */
const OTHERS_MAX_AGE_MS = 1000;
