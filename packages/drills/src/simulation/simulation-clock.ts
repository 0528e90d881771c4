import type { Clock, ScheduleOptions, SleepOptions, Timer } from '@sustain/kernel';
import { checkOption } from '@sustain/kernel/options';
import type { Life } from './life.ts';
import type { Simulation } from './simulation.ts';

/** 2026-01-01T00:00:00Z at the start of every run. */
const START_WALL_MS = Date.UTC(2026, 0, 1);

/** The time of a simulation as one life sees it: each of its timers is an event. */
export class SimulationClock implements Clock {
  readonly lagMs: number = 0;
  readonly #simulation: Simulation;
  readonly #life: Life;
  readonly #text: string;
  #timers = 0;

  constructor(simulation: Simulation, life: Life) {
    this.#simulation = simulation;
    this.#life = life;
    this.#text = `${life.name}: timer `;
  }

  wallMs(): number {
    return START_WALL_MS + this.#simulation.nowMs;
  }

  monotonicMs(): number {
    return this.#simulation.nowMs;
  }

  coarseMs(): number {
    return this.#simulation.nowMs;
  }

  sleep(delayMs: number, { signal }: SleepOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const end = () => {
        timer.cancel();
        signal?.removeEventListener('abort', end);
        if (signal?.aborted) reject(signal.reason);
        else resolve();
      };
      const timer = this.schedule(delayMs, end);
      signal?.addEventListener('abort', end);
    });
  }

  schedule(delayMs: number, callback: () => void, _options?: ScheduleOptions): Timer {
    checkOption('delayMs', delayMs, { least: 0, most: Number.MAX_VALUE });
    const text = `${this.#text}${++this.#timers}`;
    const event = this.#simulation.schedule(this.#life, delayMs, text, callback);
    return { cancel: () => this.#simulation.cancel(event) };
  }
}
