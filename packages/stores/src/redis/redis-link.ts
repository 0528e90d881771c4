import { type Clock, type Fault, Fault as KernelFault, type Timer } from '@sustain/kernel';
import { reconnectDelayMs, type SettledServerOptions } from '../server/index.ts';
import { storeFaults } from '../store-faults.ts';
import { createRedisClient, type RedisAddress, type RedisClient } from './redis-client.ts';
import { keepHeartbeat } from './redis-heartbeat.ts';
import { reasonOf } from './redis-reply.ts';
import { tooOldToGreet } from './redis-server.ts';

/** @internal */
export interface LinkOptions {
  readonly store: string;
  readonly address: RedisAddress;
  readonly settled: SettledServerOptions;
  readonly clock: Clock;
  /** What has to be done on each new connection before anybody may use it. */
  readonly prepare: (client: RedisClient) => Promise<void>;
  /** What is wrong with a server that says this of itself, whatever it was when the connection was prepared. */
  readonly complaintAbout?: (hello: unknown) => Error | undefined;
  /** It can be used. */
  readonly opened?: () => void;
  /** It could not be opened, or is lost. */
  readonly failed?: (reason: string) => void;
}

/**
 * @internal A connection that is made on first use and anew, for ever, when it is lost. Who needs it waits for the first
 * attempt only, and less than a command may take, so that what was not sent can be said so; after that it is there, or
 * it is not.
 */
export class RedisLink {
  readonly #options: LinkOptions;
  readonly #secrets: readonly string[];
  #state: LinkState = { state: 'idle' };
  /** Since the last that was good for something. */
  #attempts = 0;
  #leaving: Promise<void> | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { username, password } = options.address;
    this.#secrets = [username, password].filter((secret) => secret !== undefined);
  }

  /** Undefined while there is none. */
  get client(): RedisClient | undefined {
    return this.#state.state === 'ready' ? this.#state.client : undefined;
  }

  /** Rejects with the refusal. */
  async connected(): Promise<RedisClient> {
    if (this.#state.state === 'idle') {
      const arrival = Promise.withResolvers<RedisClient>();
      void this.#attempt(arrival, () => this.#unavailable('it has not answered yet'));
      return arrival.promise;
    }
    const { state } = this;
    if (state.state === 'ready') return state.client;
    if (state.state === 'connecting' && state.arrival !== undefined) return state.arrival.promise;
    throw this.refusal();
  }

  /** Why it is not there, made anew. */
  refusal(): Fault {
    const { state } = this;
    if (state.state === 'closed') return storeFaults.STORE_CLOSED({ store: this.#options.store });
    return 'refusal' in state ? state.refusal() : this.#unavailable('it was lost just now');
  }

  /** The same in words. */
  get reason(): string {
    const { reason, store } = this.refusal().context as { reason?: string; store: string };
    return reason ?? `the store ${store} is being closed`;
  }

  /** What an error says; without credentials. */
  reasonOf(error: unknown): string {
    return reasonOf(error, this.#secrets);
  }

  /**
   * The server is no longer what it was when it was looked at: it is asked nothing more on this connection, and looked at
   * on the next. What is in flight is answered.
   */
  leave(error: unknown): void {
    const { state } = this;
    if (state.state !== 'ready') return;
    state.stopHeartbeat();
    this.#retryLater(error);
    this.#leaving = this.#drain(state.client);
  }

  /** Waits for what is in flight, as long as a command may take. Harmless when repeated. */
  async close(): Promise<void> {
    const { state } = this;
    this.#state = { state: 'closed' };
    if (state.state === 'connecting') {
      state.arrival?.reject(this.refusal());
      state.cut.abort();
    }
    if (state.state === 'waiting') state.timer.cancel();
    if (state.state === 'ready') {
      state.stopHeartbeat();
      await this.#drain(state.client);
    }
    await this.#leaving;
  }

  /** A method's own look at the state, which other methods change. */
  get state(): LinkState {
    return this.#state;
  }

  async #attempt(arrival: Arrival | undefined, refusal: () => Fault): Promise<void> {
    const { clock, settled, opened } = this.#options;
    const cut = new AbortController();
    const timers = [
      clock.schedule(settled.connectTimeoutMs, () => {
        cut.abort(new Error(`no connection within ${settled.connectTimeoutMs} ms`));
      }),
    ];
    if (arrival !== undefined)
      timers.push(clock.schedule(settled.commandTimeoutMs * PATIENCE, () => this.#hurry()));
    this.#attempts++;
    this.#state = { state: 'connecting', cut, arrival, refusal };
    try {
      const client = await this.#open(cut.signal);
      cut.signal.throwIfAborted(); // also in the moment in which it had been opened
      this.#state = { state: 'ready', client, stopHeartbeat: this.#keepHeartbeat(client) };
      opened?.();
      arrival?.resolve(client);
    } catch (error) {
      if (this.state.state === 'closed') return;
      const retry = this.#retryLater(cut.signal.aborted ? cut.signal.reason : error);
      arrival?.reject(retry());
    } finally {
      for (const timer of timers) timer.cancel();
    }
  }

  async #open(cut: AbortSignal): Promise<RedisClient> {
    const { store, address, settled, prepare } = this.#options;
    const client = await createRedisClient(store, address, settled, cut);
    client.on('error', (error) => this.#lose(client, error));
    // The client knows its socket only when that has connected, so both are told.
    cut.addEventListener('abort', () => client.destroy(), { once: true });
    try {
      cut.throwIfAborted();
      await client.connect();
      await prepare(client);
      if (!client.isReady) throw new Error('the connection was closed at once');
      return client;
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  /** Who waits for the first attempt has waited for long enough; the attempt goes on. */
  #hurry(): void {
    if (this.#state.state !== 'connecting') return;
    this.#state.arrival?.reject(this.refusal());
    this.#state = { ...this.#state, arrival: undefined };
  }

  #keepHeartbeat(client: RedisClient): () => void {
    const { clock, settled, complaintAbout } = this.#options;
    const periodMs = settled.commandTimeoutMs;
    return keepHeartbeat(client, {
      clock,
      periodMs,
      answered: (hello) => {
        const complaint = hello === undefined ? undefined : complaintAbout?.(hello);
        if (complaint === undefined) this.#attempts = 0;
        else this.leave(complaint);
      },
      silent: () => this.#lose(client, new Error(`no answer to a ping within ${periodMs} ms`)),
    });
  }

  #lose(client: RedisClient, error: unknown): void {
    if (this.#state.state !== 'ready' || this.#state.client !== client) return;
    this.#state.stopHeartbeat();
    this.#retryLater(error);
    client.destroy();
  }

  #retryLater(error: unknown): () => Fault {
    const { clock, settled, failed } = this.#options;
    const refusal = this.#refusalBy(error);
    const delayMs = reconnectDelayMs(Math.max(this.#attempts, 1), settled.maxReconnectMs, settled.random);
    const timer = clock.schedule(delayMs, () => void this.#attempt(undefined, refusal));
    this.#state = { state: 'waiting', timer, refusal };
    failed?.(refusal().message);
    return refusal;
  }

  #refusalBy(error: unknown): () => Fault {
    const fault = tooOldToGreet(this.#options.store, error) ?? error;
    if (fault instanceof KernelFault && fault.code in storeFaults) {
      const make = storeFaults[fault.code as 'STORE_UNAVAILABLE'];
      const context = fault.context as { store: string; reason: string };
      return () => make(context, { cause: fault.cause });
    }
    const reason = this.reasonOf(error);
    return () => this.#unavailable(reason);
  }

  #unavailable(why: string): Fault {
    const { store, address } = this.#options;
    return storeFaults.STORE_UNAVAILABLE({ store, reason: `${address.shown}: ${why}` });
  }

  /** `close` of the client alone waits for ever when the connection breaks meanwhile. */
  async #drain(client: RedisClient): Promise<void> {
    const { clock, settled } = this.#options;
    const drained = Promise.withResolvers<void>();
    const patience = clock.schedule(settled.commandTimeoutMs, drained.resolve);
    client.on('error', () => drained.resolve());
    // It rejects when it was closed already.
    if (client.isReady) client.close().then(drained.resolve, () => drained.resolve());
    else drained.resolve();
    await drained.promise;
    patience.cancel();
    client.destroy();
  }
}

/** What is left of a command's time is for saying that it was not sent, before that is no longer known. */
const PATIENCE = 0.75;

type Arrival = PromiseWithResolvers<RedisClient>;

type LinkState =
  | { readonly state: 'idle' }
  | {
      readonly state: 'connecting';
      /** Ends the attempt. */
      readonly cut: AbortController;
      /** Of the first attempt, while somebody may wait for it. */
      readonly arrival: Arrival | undefined;
      readonly refusal: () => Fault;
    }
  | { readonly state: 'ready'; readonly client: RedisClient; readonly stopHeartbeat: () => void }
  | { readonly state: 'waiting'; readonly timer: Timer; readonly refusal: () => Fault }
  | { readonly state: 'closed' };
