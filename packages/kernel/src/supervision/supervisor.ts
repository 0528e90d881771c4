import { type Fault, kernelFaults } from '../faults/index.ts';
import { runOutside, type Timer } from '../time/index.ts';
import type { SupervisorView } from './child.ts';
import { ChildRun, type RunEnd } from './child-run.ts';
import type { ExitReason } from './exit-reason.ts';
import { nextSteps, restartedWith, type Steps } from './next-steps.ts';
import { decideRestart, type RestartDecision, restartsInWindow } from './restart-decision.ts';
import { Slot } from './slot.ts';
import type { SupervisorStatus } from './status.ts';
import { supervisionFaults } from './supervision-faults.ts';
import { checkSupervisorOptions, type SupervisorOptions } from './supervisor-options.ts';
import { type ChildEnd, SupervisorReports } from './supervisor-reports.ts';

/**
 * Starts its children in order, starts them again when they end, and stops them in reverse order: after OTP's
 * supervisor.
 *
 * - **Start.** Each child starts when the one before is ready. One that fails its first start ends it: those started
 *   are stopped, and `start` rejects.
 * - **Restart.** Who starts again with a child that ended is decided by the strategy, whether at all by the child's
 *   restart type, when by the limits. A failed restart counts as one more restart.
 * - **Giving up.** A supervisor that would restart too often stops its children and exits as failed; the supervisor
 *   above restarts it as a whole. The top one's owner reads `exited`.
 * - **Stop.** Child by child: abort signal, then the child's escalation. It always ends.
 *
 * Lives once: started once, exited for good. All calls are safe at any time, in any order, from within its children.
 */
export class Supervisor implements SupervisorView {
  /** Resolves, never rejects, when all children have ended: `finished` after `stop`, `failed` when it gave up. */
  readonly exited: Promise<ExitReason>;
  readonly #options: ReturnType<typeof checkSupervisorOptions>;
  readonly #reports: SupervisorReports;
  readonly #slots: readonly Slot[];
  readonly #started = Promise.withResolvers<void>();
  readonly #exited = Promise.withResolvers<ExitReason>();
  readonly #path: string;
  #state: SupervisorStatus['state'] = 'idle';
  #exitReason: ExitReason = { kind: 'finished' };
  #restartsMs: readonly number[] = [];
  #stepping = false;
  #wake: Timer | undefined;

  /** `path` is where it stands in a tree; default its id. Throws a RangeError when an option is out of range. */
  constructor(options: SupervisorOptions, path: string = options.id) {
    this.#options = checkSupervisorOptions(options);
    this.#path = path;
    this.#reports = new SupervisorReports(path, this.#options.signals);
    this.#slots = options.children.map((spec) => new Slot(spec));
    this.exited = this.#exited.promise;
    this.#started.promise.catch(() => undefined); // Who does not wait for the start reads `exited`.
  }

  /** Resolves when all children are ready; rejects when one does not start, or on `stop`, after all have stopped. */
  start(): Promise<void> {
    if (this.#state === 'idle') {
      this.#state = 'starting';
      this.#step();
    }
    return this.#started.promise;
  }

  /** Stops all children, the last first. Resolves when all have ended or were abandoned; never rejects. */
  async stop(): Promise<void> {
    this.#shutDown({ kind: 'finished' });
    await this.exited;
  }

  /**
   * Ends a child, here or in a supervisor below, as if it had failed of `cause`: it hangs, or a recovery asks for
   * it. Counts as a restart. Answers false when no child of this name is up.
   */
  restart(childId: string, cause?: unknown): boolean {
    const slot = this.#slots.find(({ spec }) => spec.id === childId);
    if (slot === undefined) {
      return this.#slots.some(({ run }) => run?.child?.supervisor?.restart(childId, cause) === true);
    }
    if (slot.run?.state !== 'running' || this.#state === 'stopping') return false;
    const facts = { supervisor: this.#path, child: childId };
    slot.restartFault = supervisionFaults.RESTART_REQUESTED(facts, cause === undefined ? {} : { cause });
    slot.run.stop();
    return true;
  }

  status(): SupervisorStatus {
    const { strategy, limits } = this.#options;
    return {
      id: this.#path,
      strategy,
      state: this.#state,
      restartsInWindow: this.#inWindow().length,
      maxRestarts: limits.maxRestarts,
      withinMs: limits.withinMs,
      children: this.#slots.map((slot) => slot.status()),
    };
  }

  /** Looks where all are and does what comes next, once all that happens at this moment has happened. */
  #step(): void {
    if (this.#stepping) return;
    this.#stepping = true;
    // Children are nobody's operation, also when one asked for their restart.
    runOutside(() => {
      queueMicrotask(() => {
        this.#stepping = false;
        if (this.#state !== 'exited') this.#stepNow();
      });
    });
  }

  #stepNow(): void {
    const { strategy, clock } = this.#options;
    const stopping = this.#state === 'stopping';
    this.#wake?.cancel();
    const steps = nextSteps(strategy, stopping, this.#slots, clock.monotonicMs());
    if (steps.stop !== undefined) this.#slots[steps.stop]?.run?.stop();
    else if (stopping) this.#exit();
    else this.#startChildren(steps);
  }

  #startChildren(steps: Steps): void {
    const { clock } = this.#options;
    for (const index of steps.start) this.#startChild(this.#slots[index] as Slot);
    if (steps.wakeMs !== Number.POSITIVE_INFINITY) {
      this.#wake = clock.schedule(Math.max(steps.wakeMs - clock.monotonicMs(), 0), () => this.#step());
    }
    if (this.#state === 'starting' && this.#slots.every((slot) => slot.startedOnce || slot.ended)) {
      this.#state = 'running';
      this.#started.resolve();
    }
  }

  #startChild(slot: Slot): void {
    const { clock, random, signals } = this.#options;
    if (slot.startedOnce) slot.restarts++;
    slot.beganMs = clock.monotonicMs();
    const context = { restarts: slot.restarts, supervisor: this.#path, clock, random, signals };
    slot.run = new ChildRun(slot.spec, context, {
      started: () => this.#onStarted(slot),
      ended: (end) => this.#onEnded(slot, end),
    });
  }

  #onStarted(slot: Slot): void {
    const nowMs = this.#options.clock.monotonicMs();
    this.#reports.started(slot, nowMs, this.#inWindow().length);
    slot.startedOnce = true;
    slot.readyMs = nowMs;
    this.#step();
  }

  #onEnded(slot: Slot, { reason: ownReason, abandoned }: RunEnd): void {
    const nowMs = this.#options.clock.monotonicMs();
    const ranMs = slot.readyMs === undefined ? 0 : nowMs - slot.readyMs;
    const reason: ExitReason = slot.restartFault ? { kind: 'failed', fault: slot.restartFault } : ownReason;
    slot.end(reason, nowMs);
    const what = this.#whatNow(slot, reason, ranMs);
    const inWindow = this.#inWindow().length;
    this.#reports.exited(slot, inWindow, { ...what, reason, ranMs });
    if (abandoned !== undefined) this.#reports.abandoned(slot, inWindow, abandoned);
    if (this.#state === 'exited') return;
    this.#step();
  }

  /** Decides what follows the end of a child, and notes it in the slots. */
  #whatNow(slot: Slot, reason: ExitReason, ranMs: number): Pick<ChildEnd, 'action' | 'why' | 'delayMs'> {
    if (this.#state === 'stopping') return { action: 'stop', why: 'all stop', delayMs: 0 };
    if (slot.replaced) {
      slot.replaced = false;
      slot.ended = slot.restart === 'temporary' && slot.startedOnce;
      return { action: slot.ended ? 'leave' : 'replace', why: 'a sibling failed', delayMs: 0 };
    }
    if (!slot.startedOnce && reason.kind === 'failed') {
      this.#giveUp(slot, reason.fault);
      return { action: 'give-up', why: 'first start failed', delayMs: 0 };
    }
    const decision = this.#decide(slot, reason, ranMs);
    switch (decision.action) {
      case 'leave':
        slot.ended = true;
        break;
      case 'restart':
        slot.unstableRestarts = decision.unstableRestarts;
        this.#restartFrom(slot, this.#options.clock.monotonicMs() + decision.delayMs);
        break;
      case 'give-up':
        this.#giveUp(slot, this.#gaveUp(slot, reason));
        break;
    }
    return { delayMs: 0, ...decision };
  }

  #decide(slot: Slot, reason: ExitReason, ranMs: number): RestartDecision {
    const { limits, clock, random } = this.#options;
    const decision = decideRestart(limits, {
      restart: slot.restart,
      reason: reason.kind,
      restartsMs: this.#restartsMs,
      unstableRestarts: slot.unstableRestarts,
      ranMs,
      nowMs: clock.monotonicMs(),
      chance: random.next(),
    });
    if (decision.action !== 'leave') this.#restartsMs = decision.restartsMs;
    return decision;
  }

  /** Notes that `failed` and those that start again with it shall do so, not before `notBeforeMs`. */
  #restartFrom(failed: Slot, notBeforeMs: number): void {
    const together = restartedWith(this.#options.strategy, this.#slots.indexOf(failed), this.#slots.length);
    for (const index of together) {
      const slot = this.#slots[index] as Slot;
      slot.notBeforeMs = Math.max(slot.notBeforeMs, notBeforeMs);
      if (slot.run !== undefined) slot.replaced = true;
      else if (slot.restart !== 'temporary') slot.ended = false;
    }
  }

  #gaveUp(slot: Slot, reason: ExitReason): Fault {
    const { maxRestarts, withinMs } = this.#options.limits;
    const facts = { supervisor: this.#path, child: slot.spec.id, restarts: maxRestarts, withinMs };
    return supervisionFaults.SUPERVISOR_GAVE_UP(
      facts,
      reason.kind === 'failed' ? { cause: reason.fault } : {},
    );
  }

  #giveUp(slot: Slot, fault: Fault): void {
    this.#reports.gaveUp(slot, this.#inWindow().length, fault);
    this.#shutDown({ kind: 'failed', fault });
  }

  #shutDown(reason: ExitReason): void {
    if (this.#state === 'stopping' || this.#state === 'exited') return;
    this.#state = 'stopping';
    this.#exitReason = reason;
    this.#step();
  }

  #exit(): void {
    this.#state = 'exited';
    for (const slot of this.#slots) slot.ended = true;
    const reason = this.#exitReason;
    const cancelled = { error: `${this.#path} was stopped`, errorName: 'AbortError' };
    this.#started.reject(reason.kind === 'failed' ? reason.fault : kernelFaults.CANCELLED(cancelled));
    this.#exited.resolve(reason);
  }

  #inWindow(): readonly number[] {
    return restartsInWindow(this.#options.limits, this.#restartsMs, this.#options.clock.monotonicMs());
  }
}
