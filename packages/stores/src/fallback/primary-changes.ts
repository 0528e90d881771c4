import type { Subscriber } from '../backend.ts';
import type { Store, Watch } from '../contract.ts';
import type { FallbackEngine } from './fallback-engine.ts';
import type { SettledFallbackOptions } from './fallback-options.ts';

/** @internal Hears what others change in the primary, from when it can first be reached. */
export class PrimaryChanges {
  readonly #prefix: string;
  readonly #engine: FallbackEngine;
  readonly #settings: SettledFallbackOptions;
  readonly #subscriber: Subscriber;
  readonly #controller = new AbortController();
  #attached: Promise<void> | undefined;

  constructor(
    prefix: string,
    engine: FallbackEngine,
    settings: SettledFallbackOptions,
    subscriber: Subscriber,
  ) {
    this.#prefix = prefix;
    this.#engine = engine;
    this.#settings = settings;
    this.#subscriber = subscriber;
  }

  /** Once it has succeeded the primary's own watch goes on over outages. Without the primary it is to be tried again. */
  attach(): Promise<void> {
    this.#attached ??= this.#attach();
    return this.#attached;
  }

  close(): void {
    this.#controller.abort();
  }

  async #attach(): Promise<void> {
    const state = this.#engine.describe().state;
    let watch: Watch | undefined;
    if (state !== 'away') {
      try {
        watch = await this.#engine.link.ask((primary, patience) => this.#watch(primary, patience));
      } catch (error) {
        if (this.#controller.signal.aborted) return;
        this.#engine.leaveOrThrow(error);
      }
    }
    if (watch === undefined) {
      this.#attached = undefined;
      return;
    }
    this.#follow(watch)
      .then(
        () => this.#detached(),
        () => this.#detached(),
      )
      .catch(() => this.close());
    this.#subscriber.missed();
  }

  async #watch(primary: Store, patience: AbortSignal): Promise<Watch> {
    const watch = await primary.watch(this.#prefix, { signal: this.#controller.signal });
    // Nobody waits for it any more.
    if (patience.aborted) await watch.close();
    return watch;
  }

  async #follow(watch: Watch): Promise<void> {
    for await (const { key } of watch) this.#subscriber.changed(key);
  }

  /** The primary's watch has failed, or was closed: another one is begun, after a while. */
  async #detached(): Promise<void> {
    if (this.#controller.signal.aborted) return;
    const { clock, probeEveryMs } = this.#settings;
    await clock.sleep(probeEveryMs, { keepAlive: false });
    this.#attached = undefined;
    if (!this.#controller.signal.aborted) await this.attach();
  }
}
