import type { Clock, Timer } from '@sustain/kernel';
import { LOOK_EVERY_MS } from './liveness.ts';

/** Who is looked at. Must not throw. */
export interface Watched {
  look(): void;
}

/** Looks at all who listen, twice a second, as long as there are any. One timer for all; it holds no process open. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Looks at it at once and from now on. Answers the way to stop; stopping twice is harmless. */
  watch(watched: Watched): () => void {
    this.#watched.add(watched);
    watched.look();
    this.#timer ??= this.#next();
    return () => {
      this.#watched.delete(watched);
      if (this.#watched.size > 0) return;
      this.#timer?.cancel();
      this.#timer = undefined;
    };
  }

  #next(): Timer {
    const look = () => {
      this.#timer = this.#next();
      for (const watched of this.#watched) watched.look();
    };
    return this.#clock.schedule(LOOK_EVERY_MS, look, { keepAlive: false });
  }
}
