import type { Clock, Timer } from '../time/index.ts';

/** How a step, an undo or a safe state failed: it threw, it answered `false`, it took too long, the caller aborted. */
export type FailureReason = 'threw' | 'refused' | 'timed-out' | 'aborted';

export interface Failure {
  readonly reason: FailureReason;
  /** What it threw; `false`; a TimeoutError; the reason of the caller's signal. */
  readonly cause: unknown;
}

/** What came of an attempt. */
export interface Attempted {
  readonly failure?: Failure | undefined;
  /** What it has done to the world: nothing, perhaps a part, all of it; or it may still be at it. */
  readonly effect: 'none' | 'partial' | 'whole' | 'unknown';
}

/** May be asynchronous. `false` and a throw are failures. It should heed its signal. */
export type Doing = (signal: AbortSignal) => unknown;

/**
 * Does `work`; its deadline and the abort of `signal`, whichever comes first, tell it to stop. Never rejects. Always
 * ends, at the latest `graceMs` after the deadline: work that goes on is then no longer waited for.
 */
export function attempt(
  work: Doing,
  clock: Clock,
  deadlineMs: number,
  graceMs = 0,
  signal?: AbortSignal,
): Promise<Attempted> {
  return new Promise((resolve) => {
    const abort = new AbortController();
    let timer: Timer | undefined;
    let stopped: Failure | undefined;
    const end = (effect: Attempted['effect'], failure?: Failure) => {
      timer?.cancel();
      signal?.removeEventListener('abort', stop);
      resolve({ effect, failure: stopped ?? failure });
    };
    const stop = () => {
      if (stopped) return;
      stopped = signal?.aborted
        ? { reason: 'aborted', cause: signal.reason }
        : {
            reason: 'timed-out',
            cause: new DOMException(`not done within ${deadlineMs} ms`, 'TimeoutError'),
          };
      timer?.cancel();
      timer = clock.schedule(graceMs, () => end('unknown'));
      abort.abort(stopped.cause);
    };
    if (signal?.aborted || deadlineMs <= 0) {
      stop();
      return end('none');
    }
    timer = clock.schedule(deadlineMs, stop);
    signal?.addEventListener('abort', stop);
    (async () => work(abort.signal))().then(
      (answer) => (answer === false ? end('partial', { reason: 'refused', cause: false }) : end('whole')),
      (cause: unknown) => end('partial', { reason: 'threw', cause }),
    );
  });
}
