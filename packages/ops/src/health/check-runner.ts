import { type Clock, headOf } from '@sustain/kernel';
import { type HealthCheck, type HealthResult, type HealthStatus, isHealthStatus } from './health-check.ts';
import type { CheckReport } from './health-report.ts';
import { safeMessage } from './safe-message.ts';

/** Runs one check, never twice at the same time. */
export class CheckRunner {
  readonly #system: string;
  readonly #check: HealthCheck;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #onChange: (from: HealthStatus | undefined, report: CheckReport) => void;
  #running: { readonly sinceMs: number; readonly result: Promise<HealthResult> } | undefined;
  #report: Promise<CheckReport> | undefined;
  #last: { readonly report: CheckReport; readonly atMs: number } | undefined;

  constructor(
    system: string,
    check: HealthCheck,
    timeoutMs: number,
    clock: Clock,
    onChange: (from: HealthStatus | undefined, report: CheckReport) => void,
  ) {
    this.#system = system;
    this.#check = check;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** What the last look found; undefined before the first. */
  get last(): CheckReport | undefined {
    return this.#last?.report;
  }

  /** For how long the last answer is still given. Milliseconds; 0 without one. */
  get cachedMs(): number {
    const { cacheMs = 0 } = this.#check;
    if (this.#last === undefined) return 0;
    return Math.max(0, this.#last.atMs + cacheMs - this.#clock.monotonicMs());
  }

  run(): Promise<CheckReport> {
    if (this.#last !== undefined && this.cachedMs > 0) return Promise.resolve(this.#last.report);
    this.#report ??= this.#lookOnce().finally(() => {
      this.#report = undefined;
    });
    return this.#report;
  }

  async #lookOnce(): Promise<CheckReport> {
    const stop = new AbortController();
    const running = this.#startOrJoin(stop.signal);
    const { promise: timedOut, resolve: giveUp } = Promise.withResolvers<HealthResult>();
    const leftMs = Math.max(0, running.sinceMs + this.#timeoutMs - this.#clock.monotonicMs());
    const timer = this.#clock.schedule(
      leftMs,
      () => {
        const runningMs = Math.round(this.#clock.monotonicMs() - running.sinceMs);
        giveUp({
          status: 'unhealthy',
          message: `no answer after ${runningMs} ms (allowed: ${this.#timeoutMs} ms)`,
        });
        stop.abort();
      },
      { keepAlive: false },
    );
    const result = await Promise.race([running.result, timedOut]);
    timer.cancel();
    return this.#remember(result, running.sinceMs);
  }

  /** A check that outlived its timeout is still running: joining it keeps hanging checks from piling up. */
  #startOrJoin(signal: AbortSignal): { readonly sinceMs: number; readonly result: Promise<HealthResult> } {
    if (this.#running !== undefined) return this.#running;
    const result = look(this.#check, signal).finally(() => {
      this.#running = undefined;
    });
    this.#running = { sinceMs: this.#clock.monotonicMs(), result };
    return this.#running;
  }

  #remember(result: HealthResult, sinceMs: number): CheckReport {
    const before = this.#last?.report;
    const timestamp = this.#clock.wallMs();
    const atMs = this.#clock.monotonicMs();
    const report: CheckReport = {
      system: this.#system,
      name: this.#check.name,
      criticality: this.#check.criticality ?? 'critical',
      ...result,
      lastChange: before?.status === result.status ? before.lastChange : timestamp,
      durationMs: atMs - sinceMs,
      timestamp,
    };
    this.#last = { report, atMs };
    if (before?.status !== report.status) this.#onChange(before?.status, report);
    return report;
  }
}

async function look(check: HealthCheck, signal: AbortSignal): Promise<HealthResult> {
  try {
    const result = await check.check(signal);
    const { status, message, observed } = Object(result) as Partial<HealthResult>;
    if (!isHealthStatus(status)) return unhealthy(`the check answered ${said(status)} instead of a status`);
    return {
      status,
      ...(message !== undefined && { message: safeMessage(String(message)) }),
      ...(observed && { observed: { ...observed } }),
    };
  } catch (error) {
    return unhealthy(headOf(error).message);
  }
}

function unhealthy(message: string): HealthResult {
  return { status: 'unhealthy', message: safeMessage(message) };
}

function said(status: unknown): string {
  return typeof status === 'string' ? JSON.stringify(status) : `a status of type ${typeof status}`;
}
