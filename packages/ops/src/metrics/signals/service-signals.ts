import { defineSignal, type Fault } from '@sustain/kernel';

// Signals of packages that ops does not import, by their names, with as much of their data as is counted.
// metrics-of-signals.test.ts compares them with the packages.

/** @internal */
export const storeSignals = {
  fallbackChanged: defineSignal<{
    readonly from: string;
    readonly to: string;
    readonly reason: string;
    readonly journalEntries: number;
  }>('fallback.changed'),
  fallbackReplayed: defineSignal<{ readonly replayed: number; readonly left: number }>('fallback.replayed'),
  fallbackConflict: defineSignal<{ readonly rule: string; readonly stays: string }>('fallback.conflict'),
  storeCorrupted: defineSignal<unknown>('store.corrupted'),
  storeAvailability: defineSignal<{ readonly state: 'available' | 'unavailable' }>('store.availability'),
  leaseAcquired: defineSignal<{ readonly waitedMs: number }>('lease.acquired'),
  leaseLost: defineSignal<unknown>('lease.lost'),
  leaseReleased: defineSignal<{ readonly heldMs: number; readonly told: boolean }>('lease.released'),
  sharedBreakerAlone: defineSignal<{ readonly instance: string }>('shared-breaker.alone'),
  sharedBreakerTogether: defineSignal<{ readonly instance: string }>('shared-breaker.together'),
  sharedBreakerDecided: defineSignal<{ readonly state: 'open' | 'closed' }>('shared-breaker.decided'),
};

/** @internal */
export const jobSignals = {
  added: defineSignal<unknown>('jobs.added'),
  started: defineSignal<{ readonly isResumed: boolean }>('jobs.started'),
  completed: defineSignal<{ readonly durationMs: number }>('jobs.completed'),
  retried: defineSignal<unknown>('jobs.retried'),
  dead: defineSignal<unknown>('jobs.dead'),
  cancelled: defineSignal<unknown>('jobs.cancelled'),
  disturbed: defineSignal<{ readonly doing: string }>('jobs.disturbed'),
};

/** @internal Of the server of this package: it is a sibling that may itself show these metrics. */
export const serverSignals = {
  started: defineSignal<unknown>('server.started'),
  stopped: defineSignal<{ readonly webSocketsCut: number }>('server.stopped'),
  requestRefused: defineSignal<{ readonly fault: Fault; readonly status: number }>('server.request.refused'),
};

/** @internal Signals that are not counted, and why. */
export const uncounted: Readonly<Record<string, string>> = {
  'jobs.progress': 'how far one job is concerns who waits for it',
  'fault.handled': 'an own bus of the error handler; recovery.finished tells the same',
};
