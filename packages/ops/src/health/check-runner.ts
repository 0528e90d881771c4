import type { Clock } from '@sustain/kernel';
import { type HealthCheck, type HealthResult, isHealthStatus } from './health-check.ts';
import type { CheckReport } from './health-report.ts';

/** Runs one check, never twice at the same time. */
export class CheckRunner {
  readonly #system: string;
  readonly #check: HealthCheck;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  #running: { readonly sinceMs: number; readonly result: Promise<HealthResult> } | undefined;
  #report: Promise<CheckReport> | undefined;

  constructor(system: string, check: HealthCheck, timeoutMs: number, clock: Clock) {
    this.#system = system;
    this.#check = check;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  run(): Promise<CheckReport> {
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
    return {
      system: this.#system,
      name: this.#check.name,
      ...result,
      durationMs: this.#clock.monotonicMs() - running.sinceMs,
      timestamp: this.#clock.wallMs(),
    };
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
}

async function look(check: HealthCheck, signal: AbortSignal): Promise<HealthResult> {
  try {
    const result = await check.check(signal);
    if (isHealthStatus(result?.status)) return result;
    return {
      status: 'unhealthy',
      message: `the check answered ${JSON.stringify(result)} instead of a health result`,
    };
  } catch (error) {
    return { status: 'unhealthy', message: error instanceof Error ? error.message : String(error) };
  }
}
