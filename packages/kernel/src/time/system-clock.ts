import type { Clock, Timer } from './clock.ts';
import { sleepOn } from './sleep.ts';
import { createTimers, NEVER_MS } from './timers.ts';

/** Kept, because Node looks the global up through a getter at every reading: 30 to 50 ns. */
const host = performance;

/** The host's time. All its timers share one host timer. */
export const systemClock: Clock = /* @__PURE__ */ createSystemClock();

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

function createSystemClock(): Clock {
  /** Browsers' timers are numbers, which hold nothing open. */
  let hostTimer: { ref?(): void; unref?(): void } | undefined;
  let held = false;
  /** 0 while firing: what the callbacks add is armed for once, at the end. */
  let armedForMs = NEVER_MS;
  const timers = createTimers((now) => {
    held = now;
    hold();
  });

  function hold(): void {
    hostTimer?.[held ? 'ref' : 'unref']?.();
  }

  function arm(dueMs: number): void {
    if (dueMs >= armedForMs) return;
    armedForMs = dueMs;
    clearTimeout(hostTimer as never);
    runOutside(() => {
      const delayMs = Math.min(Math.max(Math.ceil(dueMs - host.now()), 0), MAX_HOST_DELAY_MS);
      hostTimer = setTimeout(onHostTimer, delayMs) as never;
    });
    hold();
  }

  function onHostTimer(): void {
    armedForMs = 0;
    timers.advance(host.now());
    armedForMs = NEVER_MS;
    arm(timers.nextMs());
  }

  function add<Data>(
    delayMs: number,
    nowMs: number,
    callback: (data: Data) => void,
    data: Data,
    holding?: boolean,
  ): Timer {
    const timer = timers.add(delayMs, nowMs, callback, data, holding);
    arm(nowMs + delayMs);
    return timer;
  }

  const clock: Clock = {
    wallMs: () => Date.now(),
    monotonicMs: () => host.now(),
    sleep: (delayMs, options) => sleepOn(clock, delayMs, options),
    schedule: (delayMs, callback, options) =>
      add(delayMs, host.now(), callback, undefined, options?.keepAlive !== false),
    deadline: add,
  };
  return clock;
}

/** The longest delay that the hosts' setTimeout takes; longer waits are made of several. */
const MAX_HOST_DELAY_MS = 2 ** 31 - 1;
