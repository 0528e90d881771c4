import { type DrillLimits, type DrillResult, type DrillSubject, defaultLimits } from '../drill/index.ts';
import { drillFaults } from '../drill-faults.ts';
import { DrillScene } from './drill-scene.ts';
import { DrillSteps } from './drill-steps.ts';
import { inTime, PATIENCE_MS } from './in-time.ts';
import { Observer } from './observer.ts';
import type { RunDrillOptions } from './run-drill-options.ts';
import { SteadyUser } from './steady-user.ts';
import { Verdict } from './verdict.ts';

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
        const mend = () => this.#mend();
        await new DrillSteps({
          options: this.#options,
          observer: this.#observer,
          limits: this.#limits,
          scene: this.#scene,
          signal: this.#signal,
          verdict: this.#verdict,
          subject,
          user,
          mend,
        }).run();
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

  /** Ends what is still broken; what cannot be is noted. Answers whether all was mended. */
  async #mend(): Promise<boolean> {
    const errors = await inTime(this.#options.clock, 'it was not mended', () => this.#scene.mend()).catch(
      (error) => [error],
    );
    this.#notMended ??= errors[0];
    this.#verdict.note(errors);
    return errors.length === 0;
  }
}
