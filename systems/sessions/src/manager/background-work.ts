import { classify, type SignalSink } from '@sustain/kernel';
import { sessionCleanupFailed } from '../signals.ts';

/** What goes on after its caller has been answered. What fails, or is too much, is left for a cleanup. */
export class BackgroundWork {
  readonly #signals: SignalSink;
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;

  constructor(signals: SignalSink) {
    this.#signals = signals;
  }

  add(work: () => Promise<unknown>, when: 'if there is room' | 'always' = 'if there is room'): void {
    if (this.#isClosed || (when !== 'always' && this.#running.size >= MAX_RUNNING)) return;
    const running = work().then(
      () => undefined,
      (error: unknown) => this.#tell(error),
    );
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  /** Begins nothing any more. Resolves when nothing goes on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#running);
  }

  #tell(error: unknown): void {
    if (this.#isClosed) return;
    this.#signals.channel(sessionCleanupFailed).emit({ fault: classify(error) }, { source: 'sessions' });
  }
}

const MAX_RUNNING = 100;
