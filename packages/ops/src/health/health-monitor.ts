import type { Clock } from '@sustain/kernel';
import { CheckRunner } from './check-runner.ts';
import { type HealthCheck, worstStatus } from './health-check.ts';
import type { HealthReport } from './health-report.ts';

export interface HealthMonitorOptions {
  readonly clock: Clock;
  /** How long a check may take before it counts as unhealthy. Milliseconds, above 0. Default 1000. */
  readonly timeoutMs?: number;
}

/**
 * Knows every system's checks and runs them when asked; the worst status wins.
 *
 * Checks run beside each other, so a report takes as long as the slowest check and never longer than the
 * longest timeout. A check runs at most once at a time: whoever asks meanwhile shares the answer, so that a
 * flood of requests, or a check that never ends, costs one run and not thousands.
 */
export class HealthMonitor {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #systems = new Map<string, Map<string, CheckRunner>>();

  constructor(options: HealthMonitorOptions) {
    const { timeoutMs = 1000 } = options;
    requirePositive(timeoutMs, 'timeoutMs');
    this.#clock = options.clock;
    this.#timeoutMs = timeoutMs;
  }

  /** The systems that have declared themselves, in that order. */
  get systems(): readonly string[] {
    return [...this.#systems.keys()];
  }

  /**
   * Adds a system's checks (none is allowed: the system is then known and healthy).
   * Throws a RangeError when a name is taken. Returns a function that takes these checks out again; calling it twice is harmless.
   */
  add(system: string, ...checks: readonly HealthCheck[]): () => void {
    const runners = this.#systems.get(system) ?? new Map<string, CheckRunner>();
    const names = new Set(runners.keys());
    for (const { name, timeoutMs = this.#timeoutMs } of checks) {
      requirePositive(timeoutMs, `timeoutMs of the health check "${system}:${name}"`);
      if (names.has(name)) {
        throw new RangeError(`health check "${system}:${name}" exists already: give each check its own name`);
      }
      names.add(name);
    }
    this.#systems.set(system, runners);
    for (const check of checks) {
      runners.set(
        check.name,
        new CheckRunner(system, check, check.timeoutMs ?? this.#timeoutMs, this.#clock),
      );
    }
    let added = true;
    return () => {
      if (!added) return;
      added = false;
      for (const { name } of checks) runners.delete(name);
      if (runners.size === 0 && this.#systems.get(system) === runners) this.#systems.delete(system);
    };
  }

  /** Runs all checks, or those of one system (unknown: no checks). Never rejects. */
  async runHealthChecks(system?: string): Promise<HealthReport> {
    const chosen =
      system === undefined
        ? [...this.#systems.values()]
        : [this.#systems.get(system) ?? new Map<string, CheckRunner>()];
    const checks = await Promise.all(
      chosen.flatMap((runners) => [...runners.values()].map((runner) => runner.run())),
    );
    return {
      overallHealth: worstStatus(checks.map((check) => check.status)),
      checks,
      timestamp: this.#clock.wallMs(),
    };
  }
}

function requirePositive(value: number, name: string): void {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new RangeError(`${name} must be a finite number of milliseconds above 0, got ${value}`);
  }
}
