import { type Clock, noSignals, type SignalChannel, type SignalSink, type Timer } from '@sustain/kernel';
import { checkOption, checkOptions, POSITIVE, WAIT } from '@sustain/kernel/options';
import { CheckRunner } from './check-runner.ts';
import { type HealthCheck, type HealthStatus, statusForTheWhole, worstStatus } from './health-check.ts';
import type { CheckReport, HealthReport, ServiceDescription } from './health-report.ts';
import { type HealthChange, healthChanged } from './health-signals.ts';

export interface HealthMonitorOptions {
  readonly clock: Clock;
  /** How long a check may take before it counts as unhealthy. Milliseconds, above 0. Default 1000. */
  readonly timeoutMs?: number;
  /** From one periodic run to the next, once `start` was called. Milliseconds, above 0. Default 10 s. */
  readonly intervalMs?: number;
  /** Said in every report. Default: nothing. */
  readonly service?: ServiceDescription;
  /** Where `health.changed` is told. Default: nowhere. */
  readonly signals?: SignalSink;
}

/**
 * Knows every system's checks and runs them when asked, and every 10 s from `start` to `close`; the worst status wins,
 * where an unhealthy check that is not critical makes the whole degraded.
 *
 * Checks run beside each other, so a report takes as long as the slowest check and never longer than the
 * longest timeout. A check runs at most once at a time: whoever asks meanwhile shares the answer, so that a
 * flood of requests, or a check that never ends, costs one run and not thousands.
 *
 * This is readiness: whether work can be done here, which may depend on others. Liveness, whether the process is worth
 * keeping, must not: it is the bare answer of the process, which a blocked event loop fails by not answering.
 */
export class HealthMonitor {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #intervalMs: number;
  readonly #service: ServiceDescription;
  readonly #changed: SignalChannel<HealthChange>;
  readonly #systems = new Map<string, Map<string, CheckRunner>>();
  /** Of each system, and of the whole. */
  readonly #statuses = new Map<string | undefined, Known>();
  #periodic: { timer: Timer | undefined } | undefined;

  constructor(options: HealthMonitorOptions) {
    const { timeoutMs = 1000, intervalMs = 10_000, signals = noSignals, service = {} } = options;
    checkOptions('HealthMonitor', { timeoutMs: [timeoutMs, POSITIVE], intervalMs: [intervalMs, POSITIVE] });
    this.#clock = options.clock;
    this.#timeoutMs = timeoutMs;
    this.#intervalMs = intervalMs;
    this.#service = { ...service };
    this.#changed = signals.channel(healthChanged);
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
    for (const check of checks) {
      const { name, timeoutMs = this.#timeoutMs, cacheMs = 0, criticality = 'critical' } = check;
      const what = `the health check "${system}:${name}"`;
      checkOption(`timeoutMs of ${what}`, timeoutMs, POSITIVE);
      checkOption(`cacheMs of ${what}`, cacheMs, WAIT);
      checkOption(`criticality of ${what}`, criticality, ['critical', 'non-critical']);
      if (names.has(name)) {
        throw new RangeError(`health check "${system}:${name}" exists already: give each check its own name`);
      }
      names.add(name);
    }
    this.#systems.set(system, runners);
    for (const check of checks) {
      const { name, timeoutMs = this.#timeoutMs } = check;
      const runner = new CheckRunner(system, check, timeoutMs, this.#clock, (from, report) => {
        const { status, message } = report;
        // One that was taken out meanwhile concerns nobody.
        if (runners.get(name) === runner) this.#tell(from, status, { system, check: name }, message);
      });
      runners.set(name, runner);
    }
    let added = true;
    return () => {
      if (!added) return;
      added = false;
      for (const { name } of checks) runners.delete(name);
      if (runners.size > 0 || this.#systems.get(system) !== runners) return;
      this.#systems.delete(system);
      this.#statuses.delete(system);
    };
  }

  /** Runs all checks, or those of one system (unknown: no checks), save those whose answers are cached. Never rejects. */
  async runHealthChecks(system?: string): Promise<HealthReport> {
    const runners = this.#runnersOf(system);
    const checks = await Promise.all(runners.map((runner) => runner.run()));
    for (const each of system === undefined ? this.#systems.keys() : [system]) this.#know(each);
    const whole = this.#know(undefined);
    const known = system === undefined ? whole : this.#know(system);
    const overallHealth = worstOf(checks);
    return {
      overallHealth,
      // It may have changed again since these looks.
      lastChange: known.status === overallHealth ? known.since : this.#clock.wallMs(),
      checks,
      timestamp: this.#clock.wallMs(),
      cachedMs: runners.length && Math.min(...runners.map(({ cachedMs }) => cachedMs)),
      service: this.#service,
    };
  }

  /** Begins the periodic runs, the first now. Harmless when they have begun. They do not hold the process open. */
  start(): void {
    if (this.#periodic !== undefined) return;
    const periodic: { timer: Timer | undefined } = { timer: undefined };
    this.#periodic = periodic;
    const run = async () => {
      const beganMs = this.#clock.monotonicMs();
      await this.runHealthChecks();
      if (this.#periodic !== periodic) return;
      const leftMs = Math.max(0, beganMs + this.#intervalMs - this.#clock.monotonicMs());
      periodic.timer = this.#clock.schedule(leftMs, () => void run(), { keepAlive: false });
    };
    void run();
  }

  /** Ends the periodic runs. Whoever asks is still answered. Harmless when repeated. */
  close(): void {
    this.#periodic?.timer?.cancel();
    this.#periodic = undefined;
  }

  #runnersOf(system: string | undefined): readonly CheckRunner[] {
    const chosen = system === undefined ? [...this.#systems.values()] : [this.#systems.get(system)];
    return chosen.flatMap((runners) => [...(runners?.values() ?? [])]);
  }

  /** Brings what is known of a system, or of the whole, up to date with the last looks of its checks. */
  #know(system: string | undefined): Known {
    const before = this.#statuses.get(system);
    if (system !== undefined && !this.#systems.has(system))
      return { status: 'healthy', since: this.#clock.wallMs() };
    const status = worstOf(this.#runnersOf(system).flatMap(({ last }) => last ?? []));
    if (before?.status === status) return before;
    const known: Known = { status, since: this.#clock.wallMs() };
    this.#statuses.set(system, known);
    this.#tell(before?.status, status, system === undefined ? {} : { system });
    return known;
  }

  #tell(from: HealthStatus | undefined, to: HealthStatus, of: Partial<HealthChange>, message?: string): void {
    if (!this.#changed.heard || (from === undefined && to === 'healthy')) return;
    const change = { ...of, ...(from && { from }), to, ...(message !== undefined && { message }) };
    this.#changed.emit(change, { source: of.system ?? 'health' });
  }
}

interface Known {
  readonly status: HealthStatus;
  /** Unix milliseconds. */
  readonly since: number;
}

function worstOf(checks: readonly CheckReport[]): HealthStatus {
  return worstStatus(checks.map(({ status, criticality }) => statusForTheWhole(status, criticality)));
}
