import { defineSignal, type Fault } from '@sustain/kernel';

/** The session service works on without its primary store (`degraded`), or with it again (`normal`). */
export const sessionModeChanged = defineSignal<{
  readonly mode: 'normal' | 'degraded';
  readonly reason: string;
}>('sessions.mode.changed');

/** An operation has failed for good, after all attempts. */
export const sessionOperationFailed = defineSignal<{ readonly operation: string; readonly fault: Fault }>(
  'sessions.operation.failed',
);

/** What a session has changed could not be put together: nothing is lost, and opening it takes a little longer. */
export const sessionBaseFailed = defineSignal<{ readonly sessionId: string; readonly fault: Fault }>(
  'sessions.base.failed',
);

/** A cleanup has ended here. */
export const sessionsCleaned = defineSignal<{
  readonly looked: number;
  readonly deleted: number;
  readonly failed: number;
  readonly recordsCleared: number;
}>('sessions.cleaned');

/** A scheduled cleanup could not be done, and is tried again the next time. */
export const sessionCleanupFailed = defineSignal<{ readonly fault: Fault }>('sessions.cleanup.failed');

/** A session was taken over, or handed over, between instances. */
export const sessionOwnerChanged = defineSignal<{
  readonly sessionId: string;
  readonly from: string | undefined;
  readonly to: string;
}>('sessions.owner.changed');

/** What instances tell each other could not be read or told just now; it is tried again. */
export const sessionWatchFailed = defineSignal<{ readonly prefix: string; readonly fault: Fault }>(
  'sessions.watch.failed',
);
