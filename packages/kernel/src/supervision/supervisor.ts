import type { Fault } from '../faults/index.ts';
import { runOutside } from '../time/index.ts';
import type { ChildSpec, SupervisorView } from './child.ts';
import { type ExitReason, exitOf } from './exit-reason.ts';
import { isUnordered, nextSteps, restartedWith } from './next-steps.ts';
import { type House, inWindow, Slot } from './slot.ts';
import type { SupervisorStatus } from './status.ts';
import { stopped, supervisionFaults } from './supervision-faults.ts';
import { checkChild, checkSupervisorOptions, type SupervisorOptions } from './supervisor-options.ts';

/**
 * Starts its children in order, starts them again when they end, and stops them in reverse order: after OTP's
 * supervisor.
 *
 * - **Start.** Each child starts when the one before is ready. One of the options' that fails its first start ends it:
 *   those started are stopped, and `start` rejects.
 * - **Restart.** Who starts again with a child that ended is decided by the strategy, whether at all by the child's
 *   restart type, when by the limits. A failed restart counts as one more restart. A child that fails its health
 *   checks is stopped, and has failed.
 * - **Add and remove.** At any time. The order of the children is the order of their arrival; under `one_for_one`
 *   what is added starts at once, and under `simple_one_for_one` children have no order: all start, and in the end
 *   stop, at the same time. There, to add, restart and remove a child costs the same however many there are.
 * - **Giving up.** A supervisor that would restart too often stops its children and exits as failed; the supervisor
 *   above restarts it as a whole. The top one's owner reads `exited`.
 * - **Stop.** Child by child: abort signal, then the child's escalation. It always ends.
 *
 * Lives once: started once, exited for good. All calls are safe at any time, in any order, from within its children.
 */
export class Supervisor implements SupervisorView {
  /** Resolves, never rejects, when all children have ended: `finished` after `stop`, `failed` when it gave up. */
  readonly exited: Promise<ExitReason>;
  readonly #house: House;
  /** Whether its children never have an order. */
  readonly #simple: boolean;
  /** In the order of their arrival. */
  readonly #slots = new Map<string, Slot>();
  readonly #started = Promise.withResolvers<void>();
  readonly #exited = Promise.withResolvers<ExitReason>();
  /** Why it gave up. */
  #fault: Fault | undefined;
  /** Those to whom something has happened since the last step. */
  #touched = new Set<Slot>();
  #stepping = false;
  /** Those that may still be up while all stop. */
  #leaving: Slot[] | undefined;

  /** `path` is where it stands in a tree; default its id. Throws a RangeError when an option is out of range. */
  constructor(options: SupervisorOptions, path: string = options.id) {
    const checked = checkSupervisorOptions(options);
    const { strategy } = checked;
    this.#simple = strategy === 'simple_one_for_one';
    this.#house = {
      ...checked,
      path,
      unordered: isUnordered(strategy),
      state: 'idle',
      restartsMs: [],
      step: (slot) => this.#step(slot),
      restartFrom: (slot, atMs) => this.#restartFrom(slot, atMs),
      forget: ({ spec }) => this.#slots.delete(spec.id),
      giveUp: (fault) => this.#shutDown(fault),
    };
    for (const spec of options.children) this.#newSlot(spec);
    this.exited = this.#exited.promise;
    this.#started.promise.catch(() => undefined); // Who does not wait for the start reads `exited`.
  }

  /** Resolves when all children are ready; rejects when one does not start, or on `stop`, after all have stopped. */
  start(): Promise<void> {
    if (this.#house.state === 'idle') {
      this.#house.state = 'starting';
      this.#step();
    }
    return this.#started.promise;
  }

  /** Stops all children, the last first. Resolves when all have ended or were abandoned; never rejects. */
  async stop(): Promise<void> {
    this.#shutDown();
    await this.exited;
  }

  add(spec: ChildSpec): Promise<void> {
    checkChild(spec);
    const added = Promise.withResolvers<void>();
    const why = this.#isOver() ? 'stopping' : this.#slots.has(spec.id) ? 'duplicate' : undefined;
    if (why) {
      added.reject(supervisionFaults.CHILD_REFUSED({ supervisor: this.#house.path, child: spec.id, why }));
    } else {
      added.promise.catch(() => undefined); // Who does not wait for it hears the reports.
      this.#step(this.#newSlot(spec, added));
    }
    return added.promise;
  }

  terminate(childId: string): Promise<boolean> {
    return this.#take(childId, false);
  }

  remove(childId: string): Promise<boolean> {
    return this.#take(childId, true);
  }

  restart(childId: string, cause?: unknown): boolean {
    return this.#renew('restart', childId, cause);
  }

  unhealthy(childId: string, cause?: unknown): boolean {
    return this.#renew('unhealthy', childId, cause);
  }

  below(childId: string): SupervisorView | undefined {
    return this.#slots.get(childId)?.run?.child?.supervisor;
  }

  status(): SupervisorStatus {
    const { path, state, strategy, limits } = this.#house;
    const { maxRestarts, withinMs } = limits;
    return {
      id: path,
      strategy,
      state,
      restartsInWindow: inWindow(this.#house),
      maxRestarts,
      withinMs,
      children: [...this.#slots.values()].map((slot) => slot.status()),
    };
  }

  #newSlot(spec: ChildSpec, added?: PromiseWithResolvers<void>): Slot {
    const { unordered, state } = this.#house;
    const slot = new Slot(spec, this.#house, this.#simple || (unordered && state === 'running'), added);
    this.#slots.set(spec.id, slot);
    return slot;
  }

  async #take(childId: string, forget: boolean): Promise<boolean> {
    const slot = this.#slots.get(childId);
    await slot?.take(forget);
    return slot !== undefined;
  }

  #renew(how: 'restart' | 'unhealthy', childId: string, cause: unknown): boolean {
    const slot = this.#slots.get(childId);
    if (slot) return !this.#isOver() && slot.renew(how, cause);
    return [...this.#slots.values()].some(({ run }) => run?.child?.supervisor?.[how](childId, cause));
  }

  /** Looks where all are and does what comes next, once all that happens at this moment has happened. */
  #step(slot?: Slot): void {
    if (slot) this.#touched.add(slot);
    if (this.#stepping) return;
    this.#stepping = true;
    // Children are nobody's operation, also when one asked for their restart.
    runOutside(() => {
      queueMicrotask(() => {
        this.#stepping = false;
        const touched = this.#touched;
        this.#touched = new Set();
        const { state } = this.#house;
        if (state === 'stopping') this.#stopNext();
        else if (state === 'starting' || state === 'running') this.#startNext(touched);
      });
    });
  }

  #startNext(touched: ReadonlySet<Slot>): void {
    const house = this.#house;
    for (const { taken, run } of touched) if (taken) run?.stop();
    const alone = house.unordered && house.state === 'running';
    const slots = [...(alone ? touched : this.#slots.values())];
    const { stop, start } = nextSteps(slots, house.clock.monotonicMs());
    stop?.run?.stop();
    for (const slot of start) slot.start();
    if (house.state === 'starting' && slots.every((slot) => slot.startedOnce || slot.state === 'ended')) {
      house.state = 'running';
      this.#started.resolve();
    }
  }

  #restartFrom(failed: Slot, atMs: number): void {
    for (const slot of restartedWith(this.#house.strategy, failed, this.#slots.values())) {
      slot.notBeforeMs = Math.max(slot.notBeforeMs, atMs);
      if (slot.run) slot.replaced = true;
      else if (slot.restart !== 'temporary' && !slot.taken) slot.ended = false;
    }
  }

  #stopNext(): void {
    if (this.#leaving === undefined) {
      this.#leaving = [...this.#slots.values()];
      if (this.#simple) for (const { run } of this.#leaving) run?.stop();
    }
    const last = this.#leaving.findLastIndex(({ run }) => run);
    this.#leaving.length = last + 1; // What has ended is never looked at again.
    if (last < 0) this.#exit();
    else this.#leaving[last]?.run?.stop();
  }

  #shutDown(fault?: Fault): void {
    if (this.#isOver()) return;
    this.#house.state = 'stopping';
    this.#fault = fault;
    this.#step();
  }

  #exit(): void {
    const fault = this.#fault ?? stopped(`${this.#house.path} was stopped`);
    this.#house.state = 'exited';
    for (const slot of this.#slots.values()) slot.close(fault);
    this.#started.reject(fault);
    this.#exited.resolve(exitOf(this.#fault));
  }

  #isOver(): boolean {
    return this.#house.state === 'stopping' || this.#house.state === 'exited';
  }
}
