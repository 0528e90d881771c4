import type { Clock, Random, SignalSink, Timer } from '@sustain/kernel';
import type { SessionKey } from '../session/index.ts';
import { clearLeftovers } from '../storage/index.ts';
import { BackgroundWork } from './background-work.ts';
import type { ManagerParts } from './manager-parts.ts';

export interface ClearingOptions {
  readonly parts: ManagerParts;
  /** A cleanup as somebody might ask for it. */
  readonly clean: () => Promise<unknown>;
  /** How often it is done by itself. Milliseconds; Infinity: never. */
  readonly cleanupEveryMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly signals: SignalSink;
}

/** What is cleared away without being asked for: the logs of what was deleted, what is seen to have expired, and all else. */
export class Clearing {
  readonly #options: ClearingOptions;
  readonly #background: BackgroundWork;
  #next: Timer | undefined;
  #isClosed = false;

  constructor(options: ClearingOptions) {
    this.#options = options;
    this.#background = new BackgroundWork(options.signals);
  }

  /** Cleans up every so often, from now on; several instances not at the same time. */
  start(): void {
    const { cleanupEveryMs, clock, random, clean } = this.#options;
    if (cleanupEveryMs === Number.POSITIVE_INFINITY || this.#isClosed) return;
    const delayMs = cleanupEveryMs * (0.75 + random.next() / 2);
    const cleanLater = () => this.#background.add(() => clean().finally(() => this.start()), 'always');
    this.#next = clock.schedule(delayMs, cleanLater, { keepAlive: false });
  }

  /** Hears of what was deleted. */
  deleted(incarnation: string): void {
    this.#background.add(() => this.#clear(incarnation));
  }

  /** Hears of what has expired. */
  expired(key: SessionKey): void {
    this.#background.add(async () => {
      const deleted = await this.#options.parts.deletion.deleteExpired(key);
      if (deleted !== undefined) await this.#clear(deleted.incarnation);
    });
  }

  /** Begins nothing any more. */
  stop(): void {
    this.#isClosed = true;
    this.#next?.cancel();
  }

  /** Resolves when nothing goes on. */
  async close(): Promise<void> {
    this.stop();
    await this.#background.close();
  }

  async #clear(incarnation: string): Promise<void> {
    const { parts } = this.#options;
    if (parts.isNormal && incarnation !== '') await clearLeftovers(incarnation, parts.primary);
  }
}
