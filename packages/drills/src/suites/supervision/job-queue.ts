type Job = () => Promise<void>;

/** Jobs for whoever serves them, one after the other. */
export class JobQueue {
  readonly #jobs: Job[] = [];
  #arrived = Promise.withResolvers<void>();

  /** Resolves or rejects as the job does. */
  add<T>(work: () => Promise<T> | T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#jobs.push(async () => {
      try {
        resolve(await work());
      } catch (error) {
        reject(error);
      }
    });
    this.#arrived.resolve();
    return promise;
  }

  /** Serves until the signal aborts, which it heeds between jobs only. Rejects when what it does before each job does. */
  async serve(signal: AbortSignal, before: () => Promise<unknown> = nothing): Promise<void> {
    const leave = () => this.#arrived.resolve();
    signal.addEventListener('abort', leave, { once: true });
    while (!signal.aborted) {
      await before();
      const job = this.#jobs.shift();
      if (job !== undefined) await job();
      else await this.#nextArrival(signal);
    }
  }

  async #nextArrival(signal: AbortSignal): Promise<void> {
    this.#arrived = Promise.withResolvers<void>();
    if (!signal.aborted) await this.#arrived.promise;
  }
}

const nothing = () => Promise.resolve();
