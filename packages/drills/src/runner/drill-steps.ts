import type { DrillLimits, DrillSubject } from '../drill/index.ts';
import type { DrillScene } from './drill-scene.ts';
import { inTime } from './in-time.ts';
import { describe, type Observer, rounded } from './observer.ts';
import type { RunDrillOptions } from './run-drill-options.ts';
import type { SteadyUser } from './steady-user.ts';
import { DoesNotHold, type Verdict } from './verdict.ts';

export interface DrillStepsOptions {
  readonly options: RunDrillOptions;
  readonly observer: Observer;
  readonly limits: DrillLimits;
  readonly scene: DrillScene;
  readonly signal: AbortSignal;
  readonly verdict: Verdict;
  readonly subject: DrillSubject;
  readonly user: SteadyUser;
  /** Ends what is broken; answers whether all was mended. */
  readonly mend: () => Promise<boolean>;
}

/** What happens to a subject that has been started, step by step: it is useful, broken, seen to be, recovers, is restored. */
export class DrillSteps {
  readonly #options: RunDrillOptions;
  readonly #observer: Observer;
  readonly #limits: DrillLimits;
  readonly #scene: DrillScene;
  readonly #signal: AbortSignal;
  readonly #verdict: Verdict;
  readonly #subject: DrillSubject;
  readonly #user: SteadyUser;
  readonly #mend: () => Promise<boolean>;
  #checking: Promise<void> | undefined;

  constructor(options: DrillStepsOptions) {
    this.#options = options.options;
    this.#observer = options.observer;
    this.#limits = options.limits;
    this.#scene = options.scene;
    this.#signal = options.signal;
    this.#verdict = options.verdict;
    this.#subject = options.subject;
    this.#user = options.user;
    this.#mend = options.mend;
  }

  /** Rejects when something does not hold after which there is nothing to wait for, and when cancelled. */
  async run(): Promise<void> {
    const { drill } = this.#options;
    await this.#started();
    await this.#break();
    await this.#detected();
    this.#user.afterUse = () => this.#holdsWhileBroken();
    await (drill.fault.declaration.autoRecoverable === false ? this.#personMends() : this.#recovers());
    await this.#restored();
    await this.#check('afterwards', () => drill.afterwards?.(this.#subject, this.#scene));
    this.#signal.throwIfAborted();
  }

  /** Useful, and without the fault since the beginning of that use: what is seen anyway proves nothing. */
  async #started(): Promise<void> {
    const { code } = this.#options.drill.fault;
    const metAtMs = () => this.#observer.metBeforeAtMs;
    await this.#wait(
      () => this.#user.usedSince(metAtMs() ?? 0, 'full') !== undefined,
      this.#limits.startMs,
      () =>
        metAtMs() === undefined || this.#user.usedSince(0, 'full') === undefined
          ? `it was not useful before it was broken${because(this.#user)}`
          : `${code} was seen again and again before it was broken`,
    );
  }

  async #break(): Promise<void> {
    const { drill, onMoment } = this.#options;
    this.#observer.begin();
    onMoment?.('injected');
    try {
      await inTime(this.#options.clock, 'it could not be broken', () =>
        drill.inject(this.#subject, this.#scene),
      );
    } catch (error) {
      this.#observer.brokenAtMs = undefined;
      throw error instanceof DoesNotHold
        ? error
        : new DoesNotHold(`it could not be broken: ${describe(error)}`);
    }
    this.#signal.throwIfAborted();
    if (this.#scene.injections.length === 0) this.#causeGone(this.#observer.nowMs());
  }

  async #detected(): Promise<void> {
    const { detectMs } = this.#limits;
    const { code } = this.#options.drill.fault;
    const byMs = Math.max(this.#brokenAtMs + detectMs, this.#observer.nowMs());
    await this.#wait(
      () => this.#observer.detectedAtMs !== undefined,
      byMs - this.#observer.nowMs(),
      () => `${code} was not seen within ${detectMs} ms${because(this.#user)}`,
    );
    const tookMs = this.#detectedAtMs - this.#brokenAtMs;
    if (tookMs > detectMs)
      this.#verdict.violate(`${code} was seen after ${rounded(tookMs)} ms, not ${detectMs}`);
    this.#options.onMoment?.('detected');
  }

  /** Without a person: useful output comes back, with the cause still there or when it has gone by itself. */
  async #recovers(): Promise<void> {
    const { lastsMs } = this.#options.drill;
    const { recoveryMs } = this.#limits;
    const useful = () => this.#user.usedSince(this.#detectedAtMs) !== undefined;
    const byMs = this.#detectedAtMs + recoveryMs;
    if (lastsMs !== undefined) {
      await this.#observer.until(useful, this.#detectedAtMs + lastsMs, this.#signal);
      this.#noteRecovery();
      await this.#options.clock.sleep(Math.max(0, this.#detectedAtMs + lastsMs - this.#observer.nowMs()), {
        signal: this.#signal,
      });
      await this.#endCause();
    }
    await this.#wait(
      useful,
      byMs - this.#observer.nowMs(),
      () =>
        `nothing useful came within ${recoveryMs} ms of ${this.#options.drill.fault.code}${because(this.#user)}`,
    );
    this.#noteRecovery();
    if (this.#verdict.recoveredAtMs !== undefined && this.#verdict.recoveredAtMs > byMs) {
      const tookMs = rounded(this.#verdict.recoveredAtMs - this.#detectedAtMs);
      this.#verdict.violate(`the first useful output came after ${tookMs} ms, not ${recoveryMs}`);
    }
    if (lastsMs === undefined) await this.#endCause();
  }

  /** What it does not recover from is told, and a person removes the cause; the runner plays the person. */
  async #personMends(): Promise<void> {
    await this.#options.clock.sleep(this.#options.drill.lastsMs ?? 0, { signal: this.#signal });
    this.#noteRecovery();
    await this.#endCause();
  }

  /** Once. What holds while it is broken is looked at before, and not while it is mended. */
  async #endCause(): Promise<void> {
    this.#user.afterUse = undefined;
    await this.#holdsWhileBroken();
    this.#signal.throwIfAborted();
    for (const { what, endedBy } of this.#scene.injections) {
      if (endedBy === 'hard-end')
        throw new DoesNotHold(`${what} reached its hard end before the drill ended it`);
    }
    if (!(await this.#mend())) throw new DoesNotHold('its cause could not be ended');
    this.#causeGone(this.#observer.nowMs());
  }

  #causeGone(atMs: number): void {
    if (this.#verdict.causeGoneAtMs !== undefined) return;
    this.#verdict.causeGoneAtMs = atMs;
    this.#observer.note('cause-gone', '', atMs);
    this.#options.onMoment?.('cause-gone');
  }

  async #restored(): Promise<void> {
    const { restoreMs } = this.#limits;
    const goneAtMs = this.#verdict.causeGoneAtMs ?? this.#brokenAtMs;
    const sinceMs = Math.max(goneAtMs, this.#detectedAtMs);
    const full = () => this.#user.usedSince(sinceMs, 'full');
    await this.#wait(
      () => full() !== undefined,
      goneAtMs + restoreMs - this.#observer.nowMs(),
      () => `full function was not back within ${restoreMs} ms of the end of its cause${because(this.#user)}`,
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
  #noteRecovery(): void {
    const used = this.#user.usedSince(this.#detectedAtMs);
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
  #holdsWhileBroken(): Promise<void> {
    const { whileBroken } = this.#options.drill;
    const check = () => this.#check('while it was broken', () => whileBroken?.(this.#subject, this.#scene));
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
}

/** What the last use came to, if it failed: more often than not it says why. */
function because({ lastError }: SteadyUser): string {
  return lastError === undefined ? '' : `; the last use: ${lastError}`;
}
