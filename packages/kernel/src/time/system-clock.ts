import type { Clock, ScheduleOptions, SleepOptions, Timer } from './clock.ts';
import { checkDelay, sleepOn } from './sleep.ts';
import { TimerWheel, type WheelTimer } from './timer-wheel.ts';

/** Kept, because Node looks the global up through a getter at every reading: 30 to 50 ns. */
const host = performance;

/** The host's time. All its timers share one timing wheel and one host timer. */
export const systemClock: Clock = createSystemClock();

/**
 * Says how to run something outside of any asynchronous context: all timers share one host timer, and its callbacks
 * must not inherit the context of whoever happened to arm it. Answers the way before.
 */
export function setOutside(next: (work: () => void) => void): (work: () => void) => void {
  const before = outside;
  outside = next;
  return before;
}

/** Runs `work` outside of any asynchronous context. */
export function runOutside(work: () => void): void {
  outside(work);
}

let outside = (work: () => void): void => work();

/** The longest delay that the hosts' setTimeout takes; longer waits are made of several. */
const MAX_HOST_DELAY_MS = 2 ** 31 - 1;

function createSystemClock(): Clock {
  const wheel = new TimerWheel(host.now());
  let hostTimer: ReturnType<typeof setTimeout> | undefined;
  let armedForMs = Number.POSITIVE_INFINITY;
  let firing = false;
  /** Timers that hold the process open; the host timer holds it open while there are any. */
  let holding = 0;

  function arm(dueMs: number): void {
    if (hostTimer !== undefined) clearTimeout(hostTimer);
    armedForMs = dueMs;
    const delayMs = Math.min(Math.max(dueMs - host.now(), 0), MAX_HOST_DELAY_MS);
    outside(() => {
      hostTimer = setTimeout(onHostTimer, Math.ceil(delayMs));
    });
    if (holding === 0) setHostHold(false);
  }

  function onHostTimer(): void {
    hostTimer = undefined;
    armedForMs = Number.POSITIVE_INFINITY;
    firing = true;
    wheel.advance(host.now());
    firing = false;
    if (wheel.size > 0) arm(wheel.nextMs());
  }

  function hold(change: 1 | -1): void {
    holding += change;
    if (holding === (change === 1 ? 1 : 0)) setHostHold(change === 1);
  }

  /** Browsers have no such thing: there a timer is a number. */
  function setHostHold(held: boolean): void {
    if (typeof hostTimer !== 'object') return;
    const timer = hostTimer as { ref(): unknown; unref(): unknown };
    if (held) timer.ref();
    else timer.unref();
  }

  const clock: Clock = {
    wallMs: () => Date.now(),
    monotonicMs: () => host.now(),
    sleep: (delayMs: number, options?: SleepOptions) => sleepOn(clock, delayMs, options),
    schedule(delayMs: number, callback: () => void, options?: ScheduleOptions): Timer {
      checkDelay(delayMs);
      const dueMs = host.now() + delayMs;
      const keepAlive = options?.keepAlive !== false;
      const timer = keepAlive ? new HoldingTimer(wheel, dueMs, callback, hold) : wheel.add(dueMs, callback);
      // While firing, the end of the round arms the host timer once for all that the callbacks added.
      if (!firing && dueMs < armedForMs) arm(dueMs);
      return timer;
    },
  };
  return clock;
}

/** A timer that holds the process open while it waits. */
class HoldingTimer implements Timer {
  readonly #timer: WheelTimer;
  readonly #hold: (change: 1 | -1) => void;

  constructor(wheel: TimerWheel, dueMs: number, callback: () => void, hold: (change: 1 | -1) => void) {
    this.#hold = hold;
    hold(1);
    this.#timer = wheel.add(dueMs, () => {
      hold(-1);
      callback();
    });
  }

  cancel(): void {
    if (!this.#timer.waiting) return;
    this.#timer.cancel();
    this.#hold(-1);
  }
}
