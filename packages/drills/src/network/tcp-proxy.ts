import type { Socket } from 'node:net';
import { type Clock, type Random, systemClock, systemRandom } from '@sustain/kernel';
import { drillFaults } from '../drill-faults.ts';
import { type Injection, startInjection } from '../injection/index.ts';
import { freePort } from '../processes/index.ts';
import { PlacedToxic, type Placement } from './placed-toxic.ts';
import { ProxiedConnection } from './proxied-connection.ts';
import { HOST, ProxyPort } from './proxy-port.ts';
import type { FlowToxic, PortToxic, Toxic } from './toxic.ts';
import { describeUpstream, type Upstream, upstreamOf, urlAt } from './upstream.ts';

export interface TcpProxyOptions {
  /** The real server, or a URL with its host and port. */
  readonly upstream: Upstream | string;
  /** Where it listens on 127.0.0.1. Default: a free port that the system gives to no outgoing connection. */
  readonly port?: number;
  /** All chance of its toxics: of one seed, the nth connection meets the same from the nth toxic. Default the host's. */
  readonly random?: Random;
  readonly clock?: Clock;
}

export interface AddOptions extends Placement {
  /** The hard end, 1 to 600,000 ms. Default 30,000. */
  readonly maxMs?: number;
}

/** A toxic that is there until it is ended. */
export interface ProxyInjection extends Injection {
  /** How often it has done something so far: to a chunk, an end, or a connection. Nobody counts what a closed port refuses. */
  readonly hits: number;
}

export interface ProxyStats {
  /** Connections since the start. */
  readonly accepted: number;
  readonly open: number;
  /** Those that were reset because the server could not be reached. */
  readonly unreachable: number;
  /** Handed on to the server, and back, since the start. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** What flows have to suffer now, in the order in which it was added. */
  readonly toxics: readonly { readonly what: string; readonly hits: number }[];
}

/**
 * Stands between clients and a real server on loopback, and is broken instead of the network. Without toxics it hands on
 * what comes, as it comes: small writes are not gathered (no Nagle), a slow reader slows its sender down, the end of one
 * direction leaves the other open, and a reset is passed on as a reset. A server that cannot be reached is a reset.
 *
 * It reaches as far as a process can without privileges: the connections that go through it. Lost packets, SYNs without an
 * answer and names that do not resolve need the system's network, so there is nothing for them here; toxics that stand for
 * such say in `substitute` how they differ.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #upstream: Upstream;
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #port: ProxyPort;
  readonly #connections = new Set<ProxiedConnection>();
  readonly #toxics = new Set<PlacedToxic>();
  readonly #injections = new Set<ProxyInjection>();
  #accepted = 0;
  #unreachable = 0;
  #added = 0;
  /** Of connections that are closed. */
  readonly #bytes = { up: 0, down: 0 };
  #closing: Promise<void> | undefined;
  #onEmpty: () => void = () => undefined;

  /** Resolves when it listens. Rejects with the system's error when the port is taken. */
  static async start(options: TcpProxyOptions): Promise<TcpProxy> {
    const { port = await freePort(options.random?.fork('port')) } = options;
    const proxy = new TcpProxy(options, port);
    await proxy.#port.open();
    return proxy;
  }

  private constructor(options: TcpProxyOptions, port: number) {
    const { upstream, random = systemRandom, clock = systemClock } = options;
    this.#upstream = typeof upstream === 'string' ? upstreamOf(upstream) : upstream;
    this.#random = random;
    this.#clock = clock;
    this.#port = new ProxyPort(port, (client) => this.#accept(client));
  }

  get port(): number {
    return this.#port.number;
  }

  /** The same URL, through the proxy: `proxy.through(redis.url)`. */
  through(url: string): string {
    return urlAt(url, HOST, this.port);
  }

  /**
   * Breaks something until the injection is ended. Of several toxics, what flows meets the first first. Throws a
   * RangeError when the share is none, and NOT_POSSIBLE_NOW when the proxy is closed.
   */
  add(toxic: FlowToxic, options?: AddOptions): ProxyInjection;
  add(toxic: PortToxic, options?: Pick<AddOptions, 'maxMs'>): ProxyInjection;
  add(toxic: Toxic, { maxMs, ...placement }: AddOptions = {}): ProxyInjection {
    const name = `${HOST}:${this.port} → ${describeUpstream(this.#upstream)}`;
    if (this.#closing !== undefined) {
      throw drillFaults.NOT_POSSIBLE_NOW({ target: name, what: `suffer ${toxic.what}`, state: 'closed' });
    }
    const { what, begin, end, hits } =
      toxic.on === 'port' ? this.#refusing(toxic) : this.#suffering(toxic, placement);
    const undo = async () => {
      this.#injections.delete(injection);
      await end();
    };
    const { substitute } = toxic;
    const started = startInjection({ what: `${what}: ${name}`, substitute, undo, maxMs, clock: this.#clock });
    const injection = Object.defineProperty(started, 'hits', { get: hits }) as ProxyInjection;
    this.#injections.add(injection);
    begin();
    return injection;
  }

  stats(): ProxyStats {
    const open = [...this.#connections].map((connection) => connection.writtenBytes);
    return {
      accepted: this.#accepted,
      open: open.length,
      unreachable: this.#unreachable,
      bytesUp: open.reduce((sum, { up }) => sum + up, this.#bytes.up),
      bytesDown: open.reduce((sum, { down }) => sum + down, this.#bytes.down),
      toxics: [...this.#toxics].map(({ what, hits }) => ({ what, hits })),
    };
  }

  /** Closes the port, resets what is open and ends all toxics. Resolves when all of it is gone. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const isEmpty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const connection of this.#connections) connection.reset();
    if (this.#connections.size === 0) this.#onEmpty();
    await Promise.all([this.#port.close(), isEmpty, ...[...this.#injections].map((one) => one.end())]);
  }

  #accept(client: Socket): void {
    const connection: ProxiedConnection = new ProxiedConnection({
      number: ++this.#accepted,
      client,
      upstream: this.#upstream,
      clock: this.#clock,
      onClose: () => this.#forget(connection),
    });
    this.#connections.add(connection);
    for (const toxic of this.#toxics) toxic.meet(connection, 'new');
  }

  #forget(connection: ProxiedConnection): void {
    this.#connections.delete(connection);
    for (const toxic of this.#toxics) toxic.forget(connection);
    if (connection.isUnreachable) this.#unreachable++;
    this.#bytes.up += connection.writtenBytes.up;
    this.#bytes.down += connection.writtenBytes.down;
    if (this.#connections.size === 0) this.#onEmpty();
  }

  #refusing({ what }: PortToxic): Effect {
    return { what, begin: () => this.#port.refuse(), end: () => this.#port.allow(), hits: () => 0 };
  }

  #suffering(toxic: FlowToxic, placement: Placement): Effect {
    const placed = new PlacedToxic(toxic, placement, this.#random.fork(`toxic ${++this.#added}`));
    return {
      what: placed.what,
      begin: () => {
        this.#toxics.add(placed);
        for (const connection of this.#connections) placed.meet(connection, 'open');
      },
      end: () => {
        this.#toxics.delete(placed);
        for (const connection of this.#connections) placed.leave(connection);
      },
      hits: () => placed.hits,
    };
  }
}

/** What adding a toxic does, and ending it. */
interface Effect {
  readonly what: string;
  readonly begin: () => void;
  readonly end: () => Promise<void> | void;
  readonly hits: () => number;
}
