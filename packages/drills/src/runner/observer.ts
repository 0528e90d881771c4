import { type AnyFaultFactory, type Clock, classify, type Signals } from '@sustain/kernel';
import type { DrillMoment } from '../drill/index.ts';
import { faultsIn } from './faults-in.ts';
import { lostContext, type Where } from './lost-context.ts';

/** Writes down what happens in a drill, and says when it has happened. Times are of its clock. */
export class Observer {
  readonly #clock: Clock;
  readonly #fault: AnyFaultFactory;
  readonly #moments: { atMs: number; what: DrillMoment['what']; text: string }[] = [];
  readonly #stops: (() => void)[] = [];
  readonly #waiting = new Set<() => void>();
  /** What nobody handled or classified, in words. */
  readonly unhandled: string[] = [];
  /** What faults had lost, in words. */
  readonly contextLost: string[] = [];
  /** When the fault was met first after `begin`. */
  detectedAtMs: number | undefined;
  /** Since when it is broken. */
  brokenAtMs: number | undefined;
  /** When the fault was met last before anything was broken. */
  metBeforeAtMs: number | undefined;

  constructor(fault: AnyFaultFactory, clock: Clock) {
    this.#fault = fault;
    this.#clock = clock;
  }

  /** What nobody catches in this process is noted until `close`, instead of ending the process. */
  watchProcess(): void {
    const onRejection = (reason: unknown) => this.#nobodyHandled('a rejection', reason);
    const onException = (error: unknown) => this.#nobodyHandled('an exception', error);
    process.on('unhandledRejection', onRejection);
    process.on('uncaughtException', onException);
    this.#stops.push(() => {
      process.off('unhandledRejection', onRejection);
      process.off('uncaughtException', onException);
    });
  }

  watchSignals(signals: Signals): void {
    const errorsBefore = signals.counts.listenerErrors;
    const stop = signals.onAny(({ type, source, data }) => {
      this.note('signal', `${type} of ${source}`);
      this.#meet(data, { by: 'signal', source });
    });
    this.#stops.push(() => {
      stop();
      const { listenerErrors, lastListenerError } = signals.counts;
      if (listenerErrors > errorsBefore) this.#nobodyHandled('an error of a listener', lastListenerError);
    });
  }

  /** From now on a fault that is met is the drill's. The last call counts: what was met before it was not of the drill. */
  begin(): void {
    this.brokenAtMs = this.nowMs();
    this.detectedAtMs = undefined;
  }

  /** A user met an error. What names no fault is classified, as a system does at its edge. */
  met(error: unknown, operationId: string): void {
    const carrier = faultsIn(error).length > 0 ? error : classify(error, { operationId });
    this.#meet(carrier, { by: 'user', operationId });
  }

  note(what: DrillMoment['what'], text: string, atMs: number = this.nowMs()): void {
    const isKept = this.brokenAtMs !== undefined && this.#moments.length < MOST_MOMENTS;
    if (isKept || IMPORTANT.has(what)) this.#moments.push({ atMs, what, text });
    for (const wake of this.#waiting) wake();
  }

  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** Resolves when the condition holds, which is asked whenever something is noted; answers whether it came in time. */
  async until(condition: () => boolean, byMs: number, signal: AbortSignal): Promise<boolean> {
    while (!condition()) {
      signal.throwIfAborted();
      const leftMs = byMs - this.nowMs();
      if (leftMs <= 0) return false;
      await this.#nextNote(leftMs, signal);
    }
    return true;
  }

  /** The moments in their order, from the injection on; none when nothing was broken. */
  timeline(): DrillMoment[] {
    const { brokenAtMs } = this;
    if (brokenAtMs === undefined) return [];
    const since = this.#moments.filter(({ atMs }) => atMs >= brokenAtMs).toSorted((a, b) => a.atMs - b.atMs);
    return [{ atMs: brokenAtMs, what: 'injected' as const, text: '' }, ...since].map(
      ({ atMs, what, text }) => ({ atMs: rounded(atMs - brokenAtMs), what, text }),
    );
  }

  /** Idempotent. */
  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #nextNote(leftMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.schedule(leftMs, resolve);
    this.#waiting.add(resolve);
    signal.addEventListener('abort', resolve as () => void, { once: true });
    return promise.finally(() => {
      timer.cancel();
      this.#waiting.delete(resolve);
      signal.removeEventListener('abort', resolve as () => void);
    });
  }

  #meet(carrier: unknown, where: Where): void {
    const atMs = this.nowMs();
    const { system, code } = this.#fault;
    for (const seen of faultsIn(carrier)) {
      const isOurs = seen.system === system && seen.code === code;
      if (this.brokenAtMs === undefined) {
        if (isOurs) this.metBeforeAtMs = atMs;
        continue;
      }
      if (seen.system === 'kernel' && seen.code === 'UNEXPECTED' && !isOurs) {
        this.#nobodyClassified(seen.fault?.message ?? seen.code);
      }
      if (!isOurs) continue;
      const lost = lostContext(seen, where);
      if (lost !== undefined && !this.contextLost.includes(lost)) this.contextLost.push(lost);
      if (this.detectedAtMs !== undefined) continue;
      this.detectedAtMs = atMs;
      this.note('detected', `by ${where.by === 'user' ? 'a user' : `a signal of ${where.source}`}`, atMs);
    }
  }

  #nobodyHandled(what: string, error: unknown): void {
    this.unhandled.push(`${what} that nobody handled: ${describe(error)}`);
    this.note('failed', this.unhandled.at(-1) as string);
  }

  /** The same one comes by several ways. */
  #nobodyClassified(message: string): void {
    const text = `an error that nobody classified: ${message}`;
    if (!this.unhandled.includes(text)) this.unhandled.push(text);
  }
}

const MOST_MOMENTS = 200;
const IMPORTANT: ReadonlySet<string> = new Set([
  'injected',
  'detected',
  'recovered',
  'cause-gone',
  'restored',
] satisfies DrillMoment['what'][]);

/** Microseconds are as fine as a report needs. */
export function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
