import { classify, type Fault } from '../faults/index.ts';
import type { SignalType } from '../signals/index.ts';
import type { Timer } from '../time/index.ts';
import type { ChildSpec, RestartType } from './child.ts';
import { ChildRun } from './child-run.ts';
import { exitOf } from './exit-reason.ts';
import type { ChildHealth } from './health-watch.ts';
import type { ChildPosition } from './next-steps.ts';
import { decideRestart, type EndedChild, restartsInWindow } from './restart-decision.ts';
import type { ChildStatus, SupervisorStatus } from './status.ts';
import { stopped, supervisionFaults } from './supervision-faults.ts';
import {
  type ChildReport,
  childAbandoned,
  childExited,
  childHealth,
  childRemoved,
  childRestarted,
  childStarted,
  endOf,
  supervisorGaveUp,
} from './supervision-signals.ts';
import type { CheckedOptions } from './supervisor-options.ts';

/** What a child needs of its supervisor. */
export interface House extends CheckedOptions {
  /** Its full name. */
  readonly path: string;
  /** Whether children are on their own once they have been started. */
  readonly unordered: boolean;
  state: SupervisorStatus['state'];
  /** When children were restarted, as far as it may still count. */
  restartsMs: readonly number[];
  /** Something has happened to it: what comes next? */
  step(slot: Slot): void;
  /** It has failed, and starts again at `atMs`: who does with it? */
  restartFrom(slot: Slot, atMs: number): void;
  forget(slot: Slot): void;
  giveUp(fault: Fault): void;
}

/** How many restarts count against the limit now. */
export function inWindow({ limits, restartsMs, clock }: House): number {
  return restartsInWindow(limits, restartsMs, clock.monotonicMs()).length;
}

/** One child of a supervisor, over all its runs. */
export class Slot implements ChildPosition, EndedChild {
  readonly spec: ChildSpec;
  readonly restart: RestartType;
  /** Settles the promise of who added it; undefined of those that the supervisor was made with. */
  readonly added: PromiseWithResolvers<void> | undefined;
  /** The run that is up. */
  run: ChildRun | undefined;
  alone: boolean;
  startedOnce = false;
  unstableRestarts = 0;
  notBeforeMs = 0;
  replaced = false;
  /** Whether it is not to be started again. */
  ended = false;
  /** Set when it was taken down by hand: whom to tell that it has ended, and whether to forget it then. */
  taken: (PromiseWithResolvers<void> & { forget: boolean }) | undefined;
  readonly #house: House;
  /** Of the end of its backoff. */
  #timer: Timer | undefined;
  #restarts = 0;
  /** When its start began. */
  #beganMs = 0;
  /** When it became ready; undefined while it is not. */
  #readyMs: number | undefined;
  /** When its last run ended; undefined when none has. */
  #endedMs: number | undefined;
  /** Why its last run ended; undefined when it finished. */
  #fault: Fault | undefined;
  /** Why it was asked to restart, until it has ended. */
  #asked: Fault | undefined;
  #health: ChildHealth = { state: 'unchecked' };

  constructor(spec: ChildSpec, house: House, alone: boolean, added?: PromiseWithResolvers<void>) {
    this.spec = spec;
    this.restart = spec.restart ?? 'permanent';
    this.#house = house;
    this.alone = alone;
    this.added = added;
  }

  get state(): ChildPosition['state'] {
    return this.run?.state ?? (this.ended ? 'ended' : 'waiting');
  }

  status(): ChildStatus {
    const supervisor = this.run?.child?.supervisor?.status();
    return {
      id: this.spec.id,
      state: this.state,
      restarts: this.#restarts,
      ...(this.#endedMs !== undefined && { lastExit: exitOf(this.#fault) }),
      ...(this.spec.health && { health: this.#health }),
      ...(supervisor && { supervisor }),
    };
  }

  start(): void {
    const { path, clock, random, signals } = this.#house;
    if (this.startedOnce) this.#restarts++;
    this.#beganMs = clock.monotonicMs();
    this.#health = { state: 'unchecked' };
    const context = { restarts: this.#restarts, supervisor: path, clock, random, signals };
    this.run = new ChildRun(this.spec, context, {
      started: () => this.#onStarted(),
      checked: (health, lost) => this.#onChecked(health, lost),
      ended: (fault, abandoned) => this.#onEnded(fault, abandoned),
    });
    this.run.start();
  }

  /** Stops it for good, or until it is renewed. Resolves when it has ended. */
  take(forget: boolean): Promise<void> {
    this.taken ??= { ...Promise.withResolvers<void>(), forget };
    this.taken.forget ||= forget;
    const { promise } = this.taken;
    if (this.run === undefined) {
      if (this.#house.unordered) this.#timer?.cancel(); // In a group, others wait for it too.
      this.ended = true;
      this.#letGo();
    }
    this.#house.step(this);
    return promise;
  }

  /** Stops it as if it had failed, or starts it again after it has ended. */
  renew(how: 'restart' | 'unhealthy', cause: unknown): boolean {
    const again = how === 'restart';
    if (again && this.state === 'ended') {
      this.ended = false;
      this.taken = undefined;
      this.notBeforeMs = 0;
      this.#house.step(this);
      return true;
    }
    if (this.run?.state !== 'running' || this.taken) return false;
    const [problem, options] = cause === undefined ? ['by hand', {}] : [classify(cause).message, { cause }];
    const { RESTART_REQUESTED, CHILD_UNHEALTHY } = supervisionFaults;
    const facts = { supervisor: this.#house.path, child: this.spec.id, problem };
    this.#asked = again ? RESTART_REQUESTED(facts, options) : CHILD_UNHEALTHY(facts, options);
    this.run.stop();
    return true;
  }

  /** Its supervisor has exited, of `fault`. */
  close(fault: Fault): void {
    this.#timer?.cancel();
    this.ended = true;
    this.added?.reject(fault);
  }

  #onStarted(): void {
    const nowMs = this.#house.clock.monotonicMs();
    const startMs = nowMs - this.#beganMs;
    this.#readyMs = nowMs;
    if (this.startedOnce) {
      const downMs = nowMs - (this.#endedMs ?? nowMs);
      this.#report(childRestarted, { startMs, downMs, ...endOf(this.#fault) });
    } else this.#report(childStarted, { startMs });
    this.startedOnce = true;
    this.alone = this.#house.unordered;
    this.added?.resolve();
    this.#house.step(this);
  }

  #onChecked(health: ChildHealth, lost: boolean): void {
    const failing = health.state === 'failing';
    const news = failing || this.#health.state !== health.state;
    this.#health = health;
    if (news) this.#report(childHealth, { health });
    if (failing && lost) this.renew('unhealthy', health.fault);
  }

  #onEnded(ownFault: Fault | undefined, abandoned: Fault | undefined): void {
    const house = this.#house;
    const nowMs = house.clock.monotonicMs();
    const ranMs = nowMs - (this.#readyMs ?? nowMs);
    const fault = this.#asked ?? ownFault;
    this.run = this.#readyMs = this.#asked = undefined;
    this.#endedMs = nowMs;
    this.#fault = fault;
    const decision = decideRestart(house.limits, this, {
      supervisor: house.state,
      failed: fault !== undefined,
      restartsMs: house.restartsMs,
      ranMs,
      nowMs,
      chance: house.random.next(),
    });
    const { action, why } = decision;
    let delayMs = 0;
    this.replaced = false;
    if (action === 'leave') this.ended = true;
    else if (action === 'give-up') this.#giveUp(fault, why === 'first start failed');
    else if (action === 'restart') {
      ({ delayMs, unstableRestarts: this.unstableRestarts, restartsMs: house.restartsMs } = decision);
      house.restartFrom(this, nowMs + delayMs);
      if (delayMs > 0) {
        this.#timer?.cancel();
        this.#timer = house.clock.schedule(delayMs, () => house.step(this));
      }
    }
    this.#report(childExited, { ...endOf(fault), action, why, delayMs, ranMs });
    if (abandoned) this.#report(childAbandoned, { fault: abandoned });
    this.#letGo();
    house.step(this);
  }

  #giveUp(cause: Fault | undefined, asIs: boolean): void {
    const { path, limits } = this.#house;
    const { maxRestarts, withinMs } = limits;
    const facts = { supervisor: path, child: this.spec.id, restarts: maxRestarts, withinMs };
    const fault =
      cause && asIs
        ? cause
        : supervisionFaults.SUPERVISOR_GAVE_UP(facts, cause === undefined ? {} : { cause });
    this.#report(supervisorGaveUp, { fault });
    this.#house.giveUp(fault);
  }

  /** Tells those who wait for its end, and has it forgotten when nobody will ask for it again. */
  #letGo(): void {
    const { taken, added } = this;
    taken?.resolve();
    if (!this.ended) return;
    const fault = taken ? undefined : this.#fault;
    if (!this.startedOnce) added?.reject(fault ?? stopped(`${this.spec.id} was taken down`));
    if (taken ? !taken.forget : !added) return;
    this.#house.forget(this);
    this.#report(childRemoved, {});
  }

  #report<Data extends ChildReport>(type: SignalType<Data>, more: Omit<Data, keyof ChildReport>): void {
    const { path: supervisor, signals } = this.#house;
    const about = { supervisor, child: this.spec.id, restarts: this.#restarts };
    const data = { ...about, restartsInWindow: inWindow(this.#house), ...more };
    signals.channel(type).emit(data as unknown as Data, { source: supervisor });
  }
}
