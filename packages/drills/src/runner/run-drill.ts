import { type Clock, isCancelled, type Random } from '@sustain/kernel';
import {
  type Drill,
  type DrillLimits,
  type DrillMoment,
  type DrillResult,
  type DrillSubject,
  defaultLimits,
} from '../drill/index.ts';
import { drillFaults } from '../drill-faults.ts';
import { DrillScene } from './drill-scene.ts';
import { describe, Observer, rounded } from './observer.ts';
import { SteadyUser } from './steady-user.ts';

export interface RunDrillOptions {
  readonly system: string;
  readonly drill: Drill;
  readonly clock: Clock;
  readonly random: Random;
  readonly replay: string;
  readonly signal: AbortSignal;
  /** Called at each step of the drill. */
  readonly onMoment?: ((what: DrillMoment['what']) => void) | undefined;
}

/**
 * Runs one drill: starts the subject, uses it until it is useful, breaks it, and waits for the signal, for useful output
 * and for full function, each within its limit. Answers what came of it. Rejects when it is cancelled, and with
 * NOT_DRILLABLE; what was broken is mended in any case.
 */
export async function runDrill(options: RunDrillOptions): Promise<DrillResult> {
  return new DrillRun(options).run();
}

/** For what is no recovery: starting, breaking, closing. */
const PATIENCE_MS = 30_000;

/** Ends a drill: something that was to hold does not. */
class DoesNotHold extends Error {
  override readonly name = 'DoesNotHold';
}

class DrillRun {
  readonly #options: RunDrillOptions;
  readonly #observer: Observer;
  readonly #limits: DrillLimits;
  readonly #scene: DrillScene;
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  readonly #violations: string[] = [];
  #recoveredAtMs: number | undefined;
  #causeGoneAtMs: number | undefined;
  #restoredAtMs: number | undefined;
  #fallback = false;

  constructor(options: RunDrillOptions) {
    const { drill, clock, random, signal } = options;
    this.#options = options;
    this.#limits = { ...defaultLimits, ...drill.limits };
    this.#observer = new Observer(drill.fault, clock);
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
    this.#scene = new DrillScene(random.fork('scene'), this.#signal, this.#observer);
  }

  async run(): Promise<DrillResult> {
    this.#observer.watchProcess();
    try {
      await this.#startAndDrill();
    } catch (error) {
      const { signal } = this.#options;
      if (signal.aborted || drillFaults.NOT_DRILLABLE.matches(error)) throw error;
      this.#note([error]);
    } finally {
      this.#over.abort(new DOMException('the drill is over', 'AbortError'));
      this.#note(await this.#scene.mend());
      this.#note(await this.#scene.close());
      this.#observer.close();
    }
    return this.#result();
  }

  async #startAndDrill(): Promise<void> {
    const { drill, system, clock, random } = this.#options;
    const subject = await this.#inTime('it did not start', () => drill.subject(this.#scene));
    try {
      if ((subject as Partial<DrillSubject>).drillable !== true) {
        throw drillFaults.NOT_DRILLABLE({ system, drill: drill.name });
      }
      this.#observer.watchSignals(subject.signals);
      const user = new SteadyUser(subject, this.#observer, clock, random.fork('uses'));
      try {
        await this.#drill(subject, user);
      } finally {
        const stopped = await user.stop(PATIENCE_MS);
        if (!stopped) this.#violate(`a use did not obey its signal within ${PATIENCE_MS} ms`);
      }
    } finally {
      this.#note(await this.#scene.mend());
      await this.#inTime('it did not close', () => subject.close(), false).catch((error) =>
        this.#note([error]),
      );
    }
  }

  async #drill(subject: DrillSubject, user: SteadyUser): Promise<void> {
    const { drill } = this.#options;
    await this.#wait(
      () => user.usedSince(0, 'full') !== undefined,
      this.#limits.startMs,
      () => `it was not useful before it was broken${because(user)}`,
    );
    await this.#break(subject);
    await this.#detected(user);
    if (drill.whileBroken !== undefined) {
      user.afterUse = () =>
        this.#check('while it was broken', () => drill.whileBroken?.(subject, this.#scene));
    }
    await (drill.fault.declaration.autoRecoverable === false
      ? this.#personMends(user)
      : this.#recovers(user));
    await this.#restored(user);
    await this.#check('afterwards', () => drill.afterwards?.(subject, this.#scene));
  }

  async #break(subject: DrillSubject): Promise<void> {
    this.#observer.begin();
    this.#options.onMoment?.('injected');
    await this.#inTime('it could not be broken', () => this.#options.drill.inject(subject, this.#scene));
    if (this.#scene.injections.length === 0) this.#causeGone(this.#observer.nowMs());
  }

  async #detected(user: SteadyUser): Promise<void> {
    const { detectMs } = this.#limits;
    const { code } = this.#options.drill.fault;
    const byMs = Math.max(this.#brokenAtMs + detectMs, this.#observer.nowMs());
    await this.#wait(
      () => this.#observer.detectedAtMs !== undefined,
      byMs - this.#observer.nowMs(),
      () => `${code} was not seen within ${detectMs} ms${because(user)}`,
    );
    const tookMs = this.#detectedAtMs - this.#brokenAtMs;
    if (tookMs > detectMs) this.#violate(`${code} was seen after ${rounded(tookMs)} ms, not ${detectMs}`);
    this.#options.onMoment?.('detected');
  }

  /** Without a person: useful output comes back, with the cause still there or when it has gone by itself. */
  async #recovers(user: SteadyUser): Promise<void> {
    const { lastsMs } = this.#options.drill;
    const { recoveryMs } = this.#limits;
    const useful = () => user.usedSince(this.#detectedAtMs) !== undefined;
    const byMs = this.#detectedAtMs + recoveryMs;
    if (lastsMs !== undefined) {
      await this.#observer.until(useful, this.#detectedAtMs + lastsMs, this.#signal);
      this.#noteRecovery(user);
      await this.#options.clock.sleep(Math.max(0, this.#detectedAtMs + lastsMs - this.#observer.nowMs()), {
        signal: this.#signal,
      });
      await this.#endCause();
    }
    await this.#wait(
      useful,
      byMs - this.#observer.nowMs(),
      () =>
        `nothing useful came within ${recoveryMs} ms of ${this.#options.drill.fault.code}${because(user)}`,
    );
    this.#noteRecovery(user);
    await this.#endCause();
  }

  /** What it does not recover from is told, and a person removes the cause; the runner plays the person. */
  async #personMends(user: SteadyUser): Promise<void> {
    await this.#options.clock.sleep(this.#options.drill.lastsMs ?? 0, { signal: this.#signal });
    this.#noteRecovery(user);
    await this.#endCause();
  }

  async #endCause(): Promise<void> {
    for (const { what, endedBy } of this.#scene.injections) {
      if (endedBy === 'hard-end')
        throw new DoesNotHold(`${what} reached its hard end before the drill ended it`);
    }
    const errors = await this.#scene.mend();
    this.#causeGone(this.#observer.nowMs());
    if (errors.length > 0) throw errors[0];
  }

  #causeGone(atMs: number): void {
    if (this.#causeGoneAtMs !== undefined) return;
    this.#causeGoneAtMs = atMs;
    this.#observer.note('cause-gone', '', atMs);
    this.#options.onMoment?.('cause-gone');
  }

  async #restored(user: SteadyUser): Promise<void> {
    user.afterUse = undefined;
    const { restoreMs } = this.#limits;
    const goneAtMs = this.#causeGoneAtMs ?? this.#brokenAtMs;
    const sinceMs = Math.max(goneAtMs, this.#detectedAtMs);
    const full = () => user.usedSince(sinceMs, 'full');
    await this.#wait(
      () => full() !== undefined,
      goneAtMs + restoreMs - this.#observer.nowMs(),
      () => `full function was not back within ${restoreMs} ms of the end of its cause${because(user)}`,
    );
    this.#restoredAtMs = full()?.endedAtMs;
    this.#observer.note('restored', '', this.#restoredAtMs);
    this.#options.onMoment?.('restored');
  }

  get #brokenAtMs(): number {
    return this.#observer.brokenAtMs ?? Number.NaN;
  }

  get #detectedAtMs(): number {
    return this.#observer.detectedAtMs ?? Number.NaN;
  }

  /** If it is useful again, and that has not been noted. */
  #noteRecovery(user: SteadyUser): void {
    const used = user.usedSince(this.#detectedAtMs);
    if (used === undefined || this.#recoveredAtMs !== undefined) return;
    this.#recoveredAtMs = used.endedAtMs;
    this.#fallback = used.brought === 'fallback';
    this.#observer.note('recovered', used.brought, used.endedAtMs);
    this.#options.onMoment?.('recovered');
  }

  async #wait(condition: () => boolean, limitMs: number, otherwise: () => string): Promise<void> {
    const inTime = await this.#observer.until(condition, this.#observer.nowMs() + limitMs, this.#signal);
    if (!inTime) throw new DoesNotHold(otherwise());
  }

  async #check(when: string, check: () => Promise<void> | void): Promise<void> {
    try {
      await this.#inTime('the check did not end', check);
    } catch (error) {
      if (isCancelled(error) && this.#signal.aborted) throw error;
      this.#violate(`${when}: ${describe(error)}`);
    }
  }

  async #inTime<T>(otherwise: string, work: () => Promise<T> | T, isCancellable = true): Promise<T> {
    const abort = new AbortController();
    const late = this.#options.clock
      .sleep(PATIENCE_MS, {
        signal: isCancellable ? AbortSignal.any([abort.signal, this.#signal]) : abort.signal,
      })
      .then(() => Promise.reject(new DoesNotHold(`${otherwise} within ${PATIENCE_MS} ms`)));
    late.catch(() => undefined); // aborted when the work was in time
    try {
      return await Promise.race([(async () => work())(), late]);
    } finally {
      abort.abort();
    }
  }

  #note(errors: readonly unknown[]): void {
    for (const error of errors) this.#violate(error instanceof DoesNotHold ? error.message : describe(error));
  }

  /** The same one comes by several ways, and is said once. */
  #violate(text: string): void {
    if (!this.#violations.includes(text)) this.#violations.push(text);
  }

  #result(): DrillResult {
    const { system, drill, replay } = this.#options;
    const { fault, name, kind, breaks, recovers, notices } = drill;
    const { autoRecoverable = true, recovery } = fault.declaration;
    const { unhandled, contextLost } = this.#observer;
    const lost = contextLost.map((what) => `the fault has lost ${what}`);
    const problems = [...this.#violations, ...unhandled, ...lost];
    const substitutes = this.#scene.injections.flatMap(({ substitute }) => substitute ?? []);
    const since = (startMs: number | undefined, endMs: number | undefined) =>
      startMs === undefined || endMs === undefined ? null : rounded(Math.max(0, endMs - startMs));
    return {
      system,
      fault: fault.code,
      drill: name,
      ok: problems.length === 0,
      recovered: this.#recoveredAtMs !== undefined,
      fallback: this.#fallback,
      detectMs: since(this.#observer.brokenAtMs, this.#observer.detectedAtMs),
      recoveryMs: since(this.#observer.detectedAtMs, this.#recoveredAtMs),
      restoreMs: since(this.#causeGoneAtMs, this.#restoredAtMs),
      detail: [...problems, ...substitutes.map((what) => `instead: ${what}`)].join('; ') || recovers,
      kind,
      recovery,
      autoRecoverable,
      breaks,
      recovers,
      notices,
      limits: this.#limits,
      substitutes,
      unhandled: unhandled.length,
      contextLost: contextLost.length,
      timeline: this.#observer.timeline(),
      replay,
    };
  }
}

/** What the last use came to, if it failed: more often than not it says why. */
function because({ lastError }: SteadyUser): string {
  return lastError === undefined ? '' : `; the last use: ${lastError}`;
}
