import type { Subscriber } from '../backend.ts';
import type { RedisClient } from './redis-client.ts';
import type { RedisLink } from './redis-link.ts';

/**
 * @internal Hears of changes on a connection of its own, which is there while anybody wants to: one for all watches of a
 * store.
 */
export class RedisChanges {
  readonly #channel: string;
  readonly #createLink: (prepare: (client: RedisClient) => Promise<void>, opened: () => void) => RedisLink;
  readonly #subscribers = new Set<Subscriber>();
  #link: RedisLink | undefined;
  #closing: Promise<void> = Promise.resolve();

  constructor(
    channel: string,
    createLink: (prepare: (client: RedisClient) => Promise<void>, opened: () => void) => RedisLink,
  ) {
    this.#channel = channel;
    this.#createLink = createLink;
  }

  async subscribe(subscriber: Subscriber): Promise<() => void> {
    this.#subscribers.add(subscriber);
    this.#link ??= this.#open();
    try {
      await this.#link.connected();
    } catch (error) {
      this.#unsubscribe(subscriber);
      throw error;
    }
    return () => this.#unsubscribe(subscriber);
  }

  async close(): Promise<void> {
    this.#subscribers.clear();
    this.#closeLink();
    await this.#closing;
  }

  #open(): RedisLink {
    let connections = 0;
    return this.#createLink(
      async (client) => {
        await client.subscribe(this.#channel, (message) => this.#tell(message));
      },
      () => {
        if (++connections > 1) for (const subscriber of this.#subscribers) subscriber.missed();
      },
    );
  }

  /** `ttlMs:key`, `:key`; or nothing, which only tries whether one may tell. */
  #tell(message: string): void {
    const colon = message.indexOf(':');
    if (colon < 0) return;
    const key = message.slice(colon + 1);
    const ttlMs = colon === 0 ? undefined : Number(message.slice(0, colon));
    for (const subscriber of this.#subscribers) subscriber.changed(key, ttlMs);
  }

  #unsubscribe(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size === 0) this.#closeLink();
  }

  #closeLink(): void {
    const link = this.#link;
    this.#link = undefined;
    if (link !== undefined) this.#closing = Promise.all([this.#closing, link.close()]).then(() => undefined);
  }
}
