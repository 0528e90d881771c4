import type { DrillLimits, DrillResult } from '../drill/index.ts';
import type { Injection } from '../injection/index.ts';
import { describe, type Observer, rounded } from './observer.ts';
import type { RunDrillOptions } from './run-drill-options.ts';

/** Ends a drill: something that was to hold does not. */
export class DoesNotHold extends Error {
  override readonly name = 'DoesNotHold';
}

/** What is known of how a drill goes: when what came, and what did not hold. Times are of the observer's clock. */
export class Verdict {
  readonly #violations: string[] = [];
  recoveredAtMs: number | undefined;
  causeGoneAtMs: number | undefined;
  restoredAtMs: number | undefined;
  fallback = false;

  /** The same one comes by several ways, and is said once. */
  violate(text: string): void {
    if (!this.#violations.includes(text)) this.#violations.push(text);
  }

  note(errors: readonly unknown[]): void {
    for (const error of errors) this.violate(error instanceof DoesNotHold ? error.message : describe(error));
  }

  result(
    { system, drill, replay }: Pick<RunDrillOptions, 'system' | 'drill' | 'replay'>,
    limits: DrillLimits,
    observer: Observer,
    injections: readonly Injection[],
  ): DrillResult {
    const { fault, name, kind, breaks, recovers, notices } = drill;
    const { autoRecoverable = true, recovery } = fault.declaration;
    const { unhandled, contextLost, brokenAtMs, detectedAtMs } = observer;
    const lost = contextLost.map((what) => `the fault has lost ${what}`);
    const problems = [...this.#violations, ...unhandled, ...lost];
    const substitutes = injections.flatMap(({ substitute }) => substitute ?? []);
    return {
      system,
      fault: fault.code,
      drill: name,
      ok: problems.length === 0,
      recovered: this.recoveredAtMs !== undefined,
      fallback: this.fallback,
      detectMs: between(brokenAtMs, detectedAtMs),
      recoveryMs: between(detectedAtMs, this.recoveredAtMs),
      restoreMs: between(this.causeGoneAtMs, this.restoredAtMs),
      detail: [...problems, ...substitutes.map((what) => `instead: ${what}`)].join('; ') || recovers,
      kind,
      recovery,
      autoRecoverable,
      breaks,
      recovers,
      notices,
      limits,
      substitutes,
      unhandled: unhandled.length,
      contextLost: contextLost.length,
      timeline: observer.timeline(),
      replay,
    };
  }
}

function between(startMs: number | undefined, endMs: number | undefined): number | null {
  return startMs === undefined || endMs === undefined ? null : rounded(Math.max(0, endMs - startMs));
}
