import { checkDelay } from './check-delay.ts';
import type { Clock } from './clock.ts';
import { sleepOn } from './sleep.ts';

/** Kept, because Node looks the global up through a getter at every reading: 30 to 50 ns. */
const host = performance;

/** The host's time, and a host timer for each timer: see docs/decisions/0005-timers.md. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => host.now(),
  coarseMs() {
    if (!isRecent) {
      isRecent = true;
      recentMs = host.now();
      systemClock.schedule(systemClock.lagMs, forget, { keepAlive: false });
    }
    return recentMs;
  },
  lagMs: 5,
  sleep: (delayMs, options) => sleepOn(systemClock, delayMs, options),
  schedule(delayMs, callback, { keepAlive = true } = {}) {
    checkDelay(delayMs);
    const dueMs = host.now() + delayMs;
    let timer: HostTimer;
    const wait = (leftMs: number) => {
      timer = setTimeout(onHostTimer, Math.min(Math.ceil(leftMs), MAX_HOST_DELAY_MS)) as HostTimer;
      if (!keepAlive) timer.unref?.();
    };
    const onHostTimer = () => {
      // Hosts' timers may be early by up to 1 ms.
      const leftMs = dueMs - host.now();
      if (leftMs > 0) wait(leftMs);
      else callback();
    };
    runOutside(() => wait(delayMs));
    return { cancel: () => clearTimeout(timer as never) };
  },
};

let recentMs = 0;
let isRecent = false;

function forget(): void {
  isRecent = false;
}

/**
 * Says how to run something outside of any asynchronous context: a timer must not inherit the context of whoever
 * happened to set it. Answers the way before.
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

/** Browsers' timers are numbers, which hold nothing open. */
interface HostTimer {
  unref?(): void;
}

/** The longest delay that the hosts' setTimeout takes; longer waits are made of several. */
const MAX_HOST_DELAY_MS = 0x7fffffff;
