import { type Clock, type Random, systemClock } from '@sustain/kernel';
import { checkOptions, WAIT } from '@sustain/kernel/options';

/** What can be killed and started again: a ServerProcess, a ProcessUnderTest. */
export interface KillTarget {
  readonly name: string;
  /** Resolves when it is gone. */
  kill(): Promise<void>;
  /** Resolves when it works again. */
  start(): Promise<void>;
  /** Settles when there is nothing left to kill. Default: never. */
  readonly done?: Promise<void>;
}

/** From how much to how much, all equally likely. */
export interface Span {
  readonly leastMs: number;
  readonly mostMs: number;
}

export interface KillAtRandomOptions {
  readonly random: Random;
  /** How long it is left in peace before each kill. Default 50 to 500 ms. */
  readonly up?: Span;
  /** How long it is left down. Default 0 to 100 ms. */
  readonly down?: Span;
  /** How many writes have been sent to it and not answered: `() => recorder.writesInFlight`. Default: not known, 0. */
  readonly writesInFlight?: () => number;
  /** It ends after so many kills that came while writes were in flight. Default Infinity. */
  readonly kills?: number;
  readonly onKill?: (kill: Kill) => void;
  /** Ends it. That is no failure. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

export interface Kill {
  readonly target: string;
  /** When it was killed, on the monotonic clock. */
  readonly atMs: number;
  /** From the kill until it worked again. */
  readonly downMs: number;
  /** As it was killed. */
  readonly writesInFlight: number;
}

/**
 * Kills a target that is up, and starts it again, at random times, until it was killed often enough, or is done, or the
 * signal aborts. Answers all kills; then it is up. Rejects when it cannot be started again.
 */
export async function killAtRandom(
  target: KillTarget,
  options: KillAtRandomOptions,
): Promise<readonly Kill[]> {
  const { random, up = { leastMs: 50, mostMs: 500 }, down = { leastMs: 0, mostMs: 100 } } = options;
  const { writesInFlight = () => 0, kills: enough = Number.POSITIVE_INFINITY, clock = systemClock } = options;
  checkOptions('kills at random', {
    'up.leastMs': [up.leastMs, WAIT],
    'up.mostMs': [up.mostMs, { ...WAIT, least: up.leastMs }],
    'down.leastMs': [down.leastMs, WAIT],
    'down.mostMs': [down.mostMs, { ...WAIT, least: down.leastMs }],
    kills: [enough, { least: 0 }],
  });
  const anyOf = ({ leastMs, mostMs }: Span) => leastMs + random.next() * (mostMs - leastMs);
  const ending = new Ending(target, options.signal);
  const kills: Kill[] = [];
  try {
    for (let hits = 0; hits < enough; ) {
      if (!(await ending.sleep(clock, anyOf(up)))) break;
      const atMs = clock.monotonicMs();
      const inFlight = writesInFlight();
      await target.kill();
      await ending.sleep(clock, anyOf(down));
      await target.start();
      const kill = {
        target: target.name,
        atMs,
        downMs: clock.monotonicMs() - atMs,
        writesInFlight: inFlight,
      };
      kills.push(kill);
      options.onKill?.(kill);
      if (inFlight > 0) hits++;
    }
  } finally {
    ending.forget();
  }
  return kills;
}

/** When to stop: the caller says so, or the target is done. */
class Ending {
  readonly #controller = new AbortController();
  readonly #signal: AbortSignal | undefined;
  readonly #end = () => this.#controller.abort();

  constructor(target: KillTarget, signal: AbortSignal | undefined) {
    this.#signal = signal;
    if (signal?.aborted) this.#end();
    signal?.addEventListener('abort', this.#end);
    target.done?.then(this.#end, this.#end);
  }

  /** Whether it slept to the end. */
  async sleep(clock: Clock, delayMs: number): Promise<boolean> {
    try {
      await clock.sleep(delayMs, { signal: this.#controller.signal });
    } catch (error) {
      if (!this.#controller.signal.aborted) throw error;
    }
    return !this.#controller.signal.aborted;
  }

  forget(): void {
    this.#signal?.removeEventListener('abort', this.#end);
  }
}
