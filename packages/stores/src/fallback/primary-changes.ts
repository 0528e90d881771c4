import type { Subscriber } from '../backend.ts';
import type { Store, Watch } from '../contract.ts';
import type { FallbackEngine } from './fallback-engine.ts';

/** @internal Hears what others change in the primary, from when it can first be reached. */
export class PrimaryChanges {
  readonly #prefix: string;
  readonly #engine: FallbackEngine;
  readonly #subscriber: Subscriber;
  readonly #controller = new AbortController();
  #attaching: Promise<void> | undefined;
  #isAttached = false;

  constructor(prefix: string, engine: FallbackEngine, subscriber: Subscriber) {
    this.#prefix = prefix;
    this.#engine = engine;
    this.#subscriber = subscriber;
  }

  /** Resolves when it hears, or when the primary is away: then it is tried again when that is back. */
  attach(): Promise<void> {
    this.#attaching ??= this.#attach().finally(() => {
      this.#attaching = undefined;
    });
    return this.#attaching;
  }

  /** What was told while the primary was away could not be looked at. */
  primaryReturned(): void {
    if (this.#isAttached) this.#subscriber.missed();
    else this.attach().catch(() => this.#attachLater());
  }

  close(): void {
    this.#controller.abort();
  }

  async #attach(): Promise<void> {
    if (this.#engine.parts.standing.state === 'away' || this.#isAttached) return;
    try {
      const watch = await this.#engine.parts.link.ask((primary, { signal }) => this.#watch(primary, signal));
      this.#isAttached = true;
      this.#follow(watch);
      this.#subscriber.missed();
    } catch (error) {
      if (!this.#controller.signal.aborted) this.#engine.lifecycle.leaveOrThrow(error);
    }
  }

  async #watch(primary: Store, patience: AbortSignal): Promise<Watch> {
    const watch = await primary.watch(this.#prefix, { signal: this.#controller.signal });
    // Nobody waits for it any more.
    if (patience.aborted) await watch.close();
    return watch;
  }

  /** The primary's watch goes on over outages. Where it ends all the same, another one is begun. */
  #follow(watch: Watch): void {
    const ended = () => {
      this.#isAttached = false;
      this.#attachLater();
    };
    this.#read(watch).then(ended, ended);
  }

  async #read(watch: Watch): Promise<void> {
    for await (const { key } of watch) this.#subscriber.changed(key);
  }

  #attachLater(): void {
    if (this.#controller.signal.aborted) return;
    const { clock, probeEveryMs } = this.#engine.parts.settings;
    const options = { signal: this.#controller.signal, keepAlive: false };
    clock.sleep(probeEveryMs, options).then(
      () => this.primaryReturned(),
      () => undefined,
    );
  }
}
