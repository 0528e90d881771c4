import type { Clock, Random } from '@sustain/kernel';
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
import { inTime, PATIENCE_MS } from './in-time.ts';
import { describe, Observer, rounded } from './observer.ts';
import { SteadyUser } from './steady-user.ts';
import { DoesNotHold, Verdict } from './verdict.ts';

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
 * and for full function, each within its limit. Answers what came of it. Rejects with NOT_DRILLABLE, and when it is
 * cancelled: with the signal's reason, or with NOT_MENDED. What was broken is mended before in any case: what is just
 * being started or broken is waited for, and closed.
 */
export async function runDrill(options: RunDrillOptions): Promise<DrillResult> {
  return new DrillRun(options).run();
}

class DrillRun {
  readonly #options: RunDrillOptions;
  readonly #observer: Observer;
  readonly #limits: DrillLimits;
  readonly #scene: DrillScene;
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  readonly #verdict = new Verdict();
  #notMended: unknown;
  #checking: Promise<void> | undefined;

  constructor(options: RunDrillOptions) {
    const { drill, clock, random, signal } = options;
    this.#options = options;
    this.#limits = { ...defaultLimits, ...drill.limits };
    this.#observer = new Observer(drill.fault, clock);
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
    this.#scene = new DrillScene(random.fork('scene'), this.#signal, this.#observer);
  }

  async run(): Promise<DrillResult> {
    const { signal } = this.#options;
    this.#observer.watchProcess();
    try {
      await this.#startAndDrill();
    } catch (error) {
      if (drillFaults.NOT_DRILLABLE.matches(error)) throw error;
      if (!signal.aborted) this.#verdict.note([error]);
    } finally {
      this.#over.abort(new DOMException('the drill is over', 'AbortError'));
      await this.#mend();
      await inTime(this.#options.clock, 'what the drill used was not closed', () => this.#scene.close()).then(
        (errors) => this.#verdict.note(errors),
        (error) => this.#verdict.note([error]),
      );
      await new Promise((resolve) => setImmediate(resolve)); // Node tells of rejections at the end of a turn
      this.#observer.close();
    }
    if (signal.aborted) throw this.#notMended ?? signal.reason;
    return this.#verdict.result(this.#options, this.#limits, this.#observer, this.#scene.injections);
  }

  async #startAndDrill(): Promise<void> {
    const { drill, system, clock, random } = this.#options;
    const starting = (async () => drill.subject(this.#scene))();
    const subject = await inTime(this.#options.clock, 'it did not start', () => starting).catch((error) => {
      starting.then((late) => late.close()).catch(() => undefined); // that it did not start is what is told
      throw error;
    });
    try {
      this.#signal.throwIfAborted();
      if ((subject as Partial<DrillSubject>).drillable !== true) {
        throw drillFaults.NOT_DRILLABLE({ system, drill: drill.name });
      }
      this.#observer.watchSignals(subject.signals);
      const user = new SteadyUser(subject, this.#observer, clock, random.fork('uses'));
      try {
        await this.#drill(subject, user);
      } finally {
        const stopped = await user.stop(PATIENCE_MS);
        if (!stopped) this.#verdict.violate(`a use did not obey its signal within ${PATIENCE_MS} ms`);
      }
    } finally {
      await this.#mend();
      await inTime(this.#options.clock, 'it did not close', () => subject.close()).catch((error) =>
        this.#verdict.note([error]),
      );
    }
  }

  async #drill(subject: DrillSubject, user: SteadyUser): Promise<void> {
    const { drill } = this.#options;
    await this.#started(user);
    await this.#break(subject);
    await this.#detected(user);
    user.afterUse = () => this.#holdsWhileBroken(subject);
    await (drill.fault.declaration.autoRecoverable === false
      ? this.#personMends(subject, user)
      : this.#recovers(subject, user));
    await this.#restored(user);
    await this.#check('afterwards', () => drill.afterwards?.(subject, this.#scene));
    this.#signal.throwIfAborted();
  }

  /** Useful, and without the fault since the beginning of that use: what is seen anyway proves nothing. */
  async #started(user: SteadyUser): Promise<void> {
    const { code } = this.#options.drill.fault;
    const metAtMs = () => this.#observer.metBeforeAtMs;
    await this.#wait(
      () => user.usedSince(metAtMs() ?? 0, 'full') !== undefined,
      this.#limits.startMs,
      () =>
        metAtMs() === undefined || user.usedSince(0, 'full') === undefined
          ? `it was not useful before it was broken${because(user)}`
          : `${code} was seen again and again before it was broken`,
    );
  }

  async #break(subject: DrillSubject): Promise<void> {
    const { drill, onMoment } = this.#options;
    this.#observer.begin();
    onMoment?.('injected');
    try {
      await inTime(this.#options.clock, 'it could not be broken', () => drill.inject(subject, this.#scene));
    } catch (error) {
      this.#observer.brokenAtMs = undefined;
      throw error instanceof DoesNotHold
        ? error
        : new DoesNotHold(`it could not be broken: ${describe(error)}`);
    }
    this.#signal.throwIfAborted();
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
    if (tookMs > detectMs)
      this.#verdict.violate(`${code} was seen after ${rounded(tookMs)} ms, not ${detectMs}`);
    this.#options.onMoment?.('detected');
  }

  /** Without a person: useful output comes back, with the cause still there or when it has gone by itself. */
  async #recovers(subject: DrillSubject, user: SteadyUser): Promise<void> {
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
      await this.#endCause(subject, user);
    }
    await this.#wait(
      useful,
      byMs - this.#observer.nowMs(),
      () =>
        `nothing useful came within ${recoveryMs} ms of ${this.#options.drill.fault.code}${because(user)}`,
    );
    this.#noteRecovery(user);
    if (this.#verdict.recoveredAtMs !== undefined && this.#verdict.recoveredAtMs > byMs) {
      const tookMs = rounded(this.#verdict.recoveredAtMs - this.#detectedAtMs);
      this.#verdict.violate(`the first useful output came after ${tookMs} ms, not ${recoveryMs}`);
    }
    if (lastsMs === undefined) await this.#endCause(subject, user);
  }

  /** What it does not recover from is told, and a person removes the cause; the runner plays the person. */
  async #personMends(subject: DrillSubject, user: SteadyUser): Promise<void> {
    await this.#options.clock.sleep(this.#options.drill.lastsMs ?? 0, { signal: this.#signal });
    this.#noteRecovery(user);
    await this.#endCause(subject, user);
  }

  /** Once. What holds while it is broken is looked at before, and not while it is mended. */
  async #endCause(subject: DrillSubject, user: SteadyUser): Promise<void> {
    user.afterUse = undefined;
    await this.#holdsWhileBroken(subject);
    this.#signal.throwIfAborted();
    for (const { what, endedBy } of this.#scene.injections) {
      if (endedBy === 'hard-end')
        throw new DoesNotHold(`${what} reached its hard end before the drill ended it`);
    }
    await this.#mend();
    this.#causeGone(this.#observer.nowMs());
  }

  #causeGone(atMs: number): void {
    if (this.#verdict.causeGoneAtMs !== undefined) return;
    this.#verdict.causeGoneAtMs = atMs;
    this.#observer.note('cause-gone', '', atMs);
    this.#options.onMoment?.('cause-gone');
  }

  async #restored(user: SteadyUser): Promise<void> {
    const { restoreMs } = this.#limits;
    const goneAtMs = this.#verdict.causeGoneAtMs ?? this.#brokenAtMs;
    const sinceMs = Math.max(goneAtMs, this.#detectedAtMs);
    const full = () => user.usedSince(sinceMs, 'full');
    await this.#wait(
      () => full() !== undefined,
      goneAtMs + restoreMs - this.#observer.nowMs(),
      () => `full function was not back within ${restoreMs} ms of the end of its cause${because(user)}`,
    );
    this.#verdict.restoredAtMs = full()?.endedAtMs;
    const tookMs = (this.#verdict.restoredAtMs ?? goneAtMs) - goneAtMs;
    if (tookMs > restoreMs) {
      this.#verdict.violate(
        `full function was back ${rounded(tookMs)} ms after the end of its cause, not ${restoreMs}`,
      );
    }
    this.#observer.note('restored', '', this.#verdict.restoredAtMs);
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
    if (used === undefined || this.#verdict.recoveredAtMs !== undefined) return;
    this.#verdict.recoveredAtMs = used.endedAtMs;
    this.#verdict.fallback = used.brought === 'fallback';
    this.#observer.note('recovered', used.brought, used.endedAtMs);
    this.#options.onMoment?.('recovered');
  }

  async #wait(condition: () => boolean, limitMs: number, otherwise: () => string): Promise<void> {
    const inTime = await this.#observer.until(condition, this.#observer.nowMs() + limitMs, this.#signal);
    if (!inTime) throw new DoesNotHold(otherwise());
  }

  /** One check at a time: who comes meanwhile waits for the one under way. */
  #holdsWhileBroken(subject: DrillSubject): Promise<void> {
    const { whileBroken } = this.#options.drill;
    const check = () => this.#check('while it was broken', () => whileBroken?.(subject, this.#scene));
    this.#checking ??= check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  /** What fails because the drill was cancelled is not told. */
  async #check(when: string, check: () => Promise<void> | void): Promise<void> {
    try {
      await inTime(this.#options.clock, 'the check did not end', check);
    } catch (error) {
      if (!this.#signal.aborted) this.#verdict.violate(`${when}: ${describe(error)}`);
    }
  }

  /** Ends what is still broken; what cannot be is noted. */
  async #mend(): Promise<void> {
    const errors = await inTime(this.#options.clock, 'it was not mended', () => this.#scene.mend()).catch(
      (error) => [error],
    );
    this.#notMended ??= errors[0];
    this.#verdict.note(errors);
  }
}

/** What the last use came to, if it failed: more often than not it says why. */
function because({ lastError }: SteadyUser): string {
  return lastError === undefined ? '' : `; the last use: ${lastError}`;
}
