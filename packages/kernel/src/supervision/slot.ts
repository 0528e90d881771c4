import type { Fault } from '../faults/index.ts';
import type { SignalType } from '../signals/index.ts';
import type { Timer } from '../time/index.ts';
import type { ChildSpec } from './child.ts';
import { type ChildRun, createRun } from './child-run.ts';
import type { ChildEnd } from './exit-reason.ts';
import type { ChildHealth } from './health-watch.ts';
import { type ChildPosition, isSimple, isUnordered } from './next-steps.ts';
import { decideRestart, type EndedChild, restartsInWindow } from './restart-decision.ts';
import type { ChildStatus, SupervisorStatus } from './status.ts';
import { type ChildFault, childFault, stopped, supervisionFaults } from './supervision-faults.ts';
import { type ChildReport, childExited, childStarted } from './supervision-signals.ts';
import type { CheckedOptions } from './supervisor-options.ts';

/** What a child needs of its supervisor. */
export interface House extends CheckedOptions {
  /** Its full name. */
  readonly path: string;
  state: SupervisorStatus['state'];
  restartsMs: readonly number[];
  /** Something has happened to it: what comes next? */
  step(slot: Slot): void;
  /** It has failed, and starts again in `delayMs`: who does with it? */
  restartFrom(slot: Slot, delayMs: number): void;
  forget(slot: Slot): void;
  giveUp(fault: Fault): void;
}

/** How many restarts count against the limit now. */
export function countRestarts(house: House): number {
  return restartsInWindow(house, house.clock.monotonicMs()).length;
}

/** One child of a supervisor, over all its runs. */
export interface Slot extends ChildPosition, EndedChild {
  readonly id: string;
  /** The run that is up. */
  run: ChildRun | undefined;
  startedOnce: boolean;
  unstableRestarts: number;
  notBeforeMs: number;
  replaced: boolean;
  /** Whether it is not to be started again. */
  ended: boolean;
  /** Set when it was removed: whom to tell that it has ended. */
  removed: PromiseWithResolvers<void> | undefined;
  status(): ChildStatus;
  start(): void;
  /** Does not start it before `delayMs` have passed. */
  rest(delayMs: number): void;
  /** Stops it as if it had failed, and answers true; false when it does not run. */
  fail(reason: 'unhealthy' | 'requested', kind: ChildFault, cause: unknown): boolean;
  /** Stops it for good. Resolves when it has ended. */
  remove(): Promise<void>;
  /** It has ended for good; who waits for its first start hears of `fault`. */
  leave(fault?: Fault): void;
}

/** `added` settles the promise of who added it; undefined of those that the supervisor was made with. */
export function createSlot(spec: ChildSpec, house: House, added?: PromiseWithResolvers<void>): Slot {
  const { id, restart = 'permanent' } = spec;
  const { path, strategy, limits, clock, random, signals } = house;
  /** Of the end of its backoff. */
  let timer: Timer | undefined;
  let restarts = 0;
  /** When it became ready; undefined while it is not. */
  let readyMs: number | undefined;
  let endedMs = 0;
  /** Of its last run; undefined when none has ended. */
  let end: ChildEnd | undefined;
  /** Why it was told to end, until it has. */
  let told: ChildEnd | undefined;
  let health: ChildHealth = { state: 'unchecked' };

  const slot: Slot = {
    id,
    restart,
    added,
    run: undefined,
    startedOnce: false,
    unstableRestarts: 0,
    notBeforeMs: 0,
    replaced: false,
    ended: false,
    removed: undefined,
    get alone() {
      return isSimple(strategy) || (isUnordered(strategy) && (slot.startedOnce || house.state === 'running'));
    },
    get state() {
      return slot.run?.state ?? (slot.ended ? 'ended' : 'waiting');
    },

    status() {
      const supervisor = slot.run?.child?.supervisor?.status();
      return { id, state: slot.state, restarts, lastExit: end, health: spec.health && health, supervisor };
    },

    start() {
      if (slot.startedOnce) restarts++;
      health = { state: 'unchecked' };
      const context = { restarts, supervisor: path, clock, random, signals };
      slot.run = createRun(spec, context, { started, checked, ended });
      slot.run.start();
    },

    rest(delayMs) {
      const atMs = clock.monotonicMs() + delayMs;
      if (atMs <= slot.notBeforeMs) return;
      slot.notBeforeMs = atMs;
      timer?.cancel();
      timer = delayMs ? clock.schedule(delayMs, () => house.step(slot)) : undefined;
    },

    fail(reason, kind, cause) {
      if (slot.run?.state !== 'running' || slot.removed) return false;
      told = { reason, fault: childFault(kind, path, id, cause) };
      slot.run.stop();
      return true;
    },

    remove() {
      slot.removed ??= Promise.withResolvers();
      if (!slot.run) slot.leave();
      house.step(slot);
      return slot.removed.promise;
    },

    leave(fault) {
      timer?.cancel();
      slot.ended = true;
      slot.removed?.resolve();
      if (!slot.startedOnce) added?.reject(fault ?? stopped(`${path}/${id}`));
      if (added || slot.removed) house.forget(slot);
    },
  };
  return slot;

  // What others are told of comes last in all of these: they may ask for the next thing at once.

  function started(): void {
    readyMs = clock.monotonicMs();
    slot.startedOnce = true;
    added?.resolve();
    house.step(slot);
    report(childStarted, end ? { downMs: readyMs - endedMs, ...end } : {});
  }

  function checked(now: ChildHealth, lost: Fault | undefined): void {
    health = now;
    if (lost) slot.fail('unhealthy', supervisionFaults.CHILD_UNHEALTHY, lost);
  }

  function ended(failure: Fault | undefined, abandoned: Fault | undefined): void {
    endedMs = clock.monotonicMs();
    const ranMs = endedMs - (readyMs ?? endedMs);
    const now: ChildEnd = told ?? (failure ? { reason: 'failed', fault: failure } : { reason: 'finished' });
    const { fault } = now;
    end = now;
    slot.run = readyMs = told = undefined;
    const chance = random.next();
    const decision = decideRestart(house, slot, { failed: !!fault, ranMs, nowMs: endedMs, chance });
    const { action, why } = decision;
    const startFault = why === 'not started' ? fault : undefined;
    let delayMs = 0;
    slot.replaced = false;
    if (action === 'leave') slot.leave(startFault);
    else if (action === 'give-up') house.giveUp(startFault ?? gaveUp(fault));
    else if (action === 'restart') {
      ({ delayMs, unstableRestarts: slot.unstableRestarts, restartsMs: house.restartsMs } = decision);
      house.restartFrom(slot, delayMs);
    }
    house.step(slot);
    report(childExited, { ...now, action, why, delayMs, ranMs, abandoned });
  }

  function gaveUp(cause: Fault | undefined): Fault {
    const problem = `${limits.maxRestarts} restarts within ${limits.withinMs} ms`;
    return childFault(supervisionFaults.SUPERVISOR_GAVE_UP, path, id, cause, problem);
  }

  function report<Data extends ChildReport>(
    type: SignalType<Data>,
    more: Omit<Data, keyof ChildReport>,
  ): void {
    const about = { supervisor: path, child: id, restarts, restartsInWindow: countRestarts(house) };
    signals.channel(type).emit({ ...about, ...more } as unknown as Data, { source: path });
  }
}
