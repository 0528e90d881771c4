import type { Fault } from '../faults/index.ts';
import { runOutside } from '../time/index.ts';
import type { ChildSpec, SupervisorView } from './child.ts';
import { type ExitReason, exitOf } from './exit-reason.ts';
import { isSimple, isUnordered, nextSteps, restartedWith } from './next-steps.ts';
import { countRestarts, createSlot, type House, type Slot } from './slot.ts';
import { childFault, stopped, supervisionFaults } from './supervision-faults.ts';
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
export interface Supervisor extends SupervisorView {
  /** Resolves, never rejects, when all children have ended: `finished` after `stop`, `failed` when it gave up. */
  readonly exited: Promise<ExitReason>;
  /** Resolves when all children are ready; rejects when one does not start, or on `stop`, after all have stopped. */
  start(): Promise<void>;
  /** Stops all children, the last first. Resolves when all have ended or were abandoned; never rejects. */
  stop(): Promise<void>;
}

/** `path` is where it stands in a tree; default its id. Throws a RangeError when an option is out of range. */
export function createSupervisor(options: SupervisorOptions, path: string = options.id): Supervisor {
  const checked = checkSupervisorOptions(options);
  const { strategy, clock } = checked;
  /** Whether its children never have an order. */
  const simple = isSimple(strategy);
  /** In the order of their arrival. */
  const slots = new Map<string, Slot>();
  const started = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<ExitReason>();
  /** Why it gave up. */
  let fault: Fault | undefined;
  /** Those to whom something has happened since the last step; undefined when none is to come. */
  let touched: Set<Slot> | undefined;
  /** Those that may still be up while all stop; undefined before. */
  let leaving: Slot[] | undefined;

  const house: House = {
    ...checked,
    path,
    state: 'idle',
    restartsMs: [],
    step,
    restartFrom,
    forget: ({ id }) => slots.delete(id),
    giveUp: shutDown,
  };
  for (const spec of checked.children) newSlot(spec);
  started.promise.catch(() => undefined); // Who does not wait for the start reads `exited`.

  return {
    exited: exited.promise,

    start() {
      if (house.state === 'idle') {
        house.state = 'starting';
        step();
      }
      return started.promise;
    },

    async stop() {
      shutDown();
      await exited.promise;
    },

    add(spec) {
      checkChild(spec);
      const added = Promise.withResolvers<void>();
      const problem = leaving ? 'stopping' : slots.has(spec.id) && 'duplicate';
      if (problem) {
        added.reject(childFault(supervisionFaults.CHILD_REFUSED, path, spec.id, problem));
      } else {
        added.promise.catch(() => undefined); // Who does not wait for it hears the reports.
        step(newSlot(spec, added));
      }
      return added.promise;
    },

    async remove(childId) {
      const slot = slots.get(childId);
      await slot?.remove();
      return !!slot;
    },

    restart(childId, cause = 'by hand') {
      const slot = slots.get(childId);
      if (!slot)
        return [...slots.values()].some(({ run }) => run?.child?.supervisor?.restart(childId, cause));
      if (leaving) return false;
      if (slot.state !== 'ended') return slot.fail('requested', supervisionFaults.RESTART_REQUESTED, cause);
      slot.ended = false;
      step(slot);
      return true;
    },

    below: (childId) => slots.get(childId)?.run?.child?.supervisor,

    status: () => ({
      id: path,
      state: house.state,
      restartsInWindow: countRestarts(house),
      children: [...slots.values()].map((slot) => slot.status()),
    }),
  };

  function newSlot(spec: ChildSpec, added?: PromiseWithResolvers<void>): Slot {
    const slot = createSlot(spec, house, added);
    slots.set(spec.id, slot);
    return slot;
  }

  /** Looks where all are and does what comes next, once all that happens at this moment has happened. */
  function step(slot?: Slot): void {
    if (!touched) {
      touched = new Set();
      // Children are nobody's operation, also when one asked for their restart.
      runOutside(() => queueMicrotask(advance));
    }
    if (slot) touched.add(slot);
  }

  function advance(): void {
    const changed = touched as Set<Slot>;
    touched = undefined;
    for (const { removed, run } of changed) if (leaving ? simple : removed) run?.stop();
    if (leaving) stopNext(leaving);
    else if (house.state !== 'idle') startNext(changed);
  }

  function startNext(changed: ReadonlySet<Slot>): void {
    const candidates = [...(isUnordered(strategy) && house.state === 'running' ? changed : slots.values())];
    const { stop, start } = nextSteps(candidates, clock.monotonicMs());
    stop?.run?.stop();
    for (const slot of start) slot.start();
    if (house.state === 'starting' && candidates.every((slot) => slot.startedOnce || slot.ended)) {
      house.state = 'running';
      started.resolve();
    }
  }

  function restartFrom(failed: Slot, delayMs: number): void {
    for (const slot of restartedWith(strategy, failed, slots.values())) {
      slot.rest(delayMs);
      if (slot.run) slot.replaced = true;
      else if (slot.restart !== 'temporary') slot.ended = false;
    }
  }

  function stopNext(up: Slot[]): void {
    while (up.length > 0 && !up.at(-1)?.run) up.pop();
    const last = up.at(-1);
    if (last) {
      last.run?.stop();
      return;
    }
    house.state = 'exited';
    const why = fault ?? stopped(path);
    for (const slot of slots.values()) slot.leave(why);
    started.reject(why);
    exited.resolve(exitOf(fault));
  }

  function shutDown(cause?: Fault): void {
    if (leaving) return;
    house.state = 'stopping';
    fault = cause;
    leaving = [...slots.values()];
    step();
    if (simple) for (const slot of leaving) step(slot); // They stop all at once.
  }
}
