import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, type Random, seededRandom, systemClock } from '@sustain/kernel';
import { drillFaults } from '../../drill-faults.ts';
import type { Injection } from '../../injection/index.ts';
import { freePort } from '../../processes/index.ts';
import { allowed } from './allowed.ts';
import { Exchange } from './exchange.ts';
import type { Reply } from './reply.ts';
import { RequestLog } from './request-log.ts';
import type { Refused, Route } from './route.ts';
import { type ScriptOptions, Scripts } from './script.ts';
import { RequestRecord, type SeenRequest } from './seen-request.ts';
import type { ScriptEntry, Step, Tools } from './step.ts';

export interface ScriptedHttpOptions<Content, Name extends string> extends PeerOptions<Content> {
  /** In words of injections and errors. */
  readonly name: string;
  readonly routes: Readonly<Record<Name, Route<Content>>>;
  /** How its API says no. */
  readonly refuse: (why: Refused, request: SeenRequest) => Reply;
}

/** What all peers can be given. */
export interface PeerOptions<Content> {
  /** In effect from the beginning to the end. Default: none. */
  readonly script?: readonly ScriptEntry<Content>[] | undefined;
  /** The only bearer token that it takes. Default: any, and none. */
  readonly token?: string | undefined;
  /** Larger bodies get a 413. Default 32 MiB; 1 byte to 1 GiB. */
  readonly maxBodyBytes?: number | undefined;
  /** How many requests `requests` keeps at most; of their bodies, 256 MiB. Default 1000; 1 to 100,000. */
  readonly keepRequests?: number | undefined;
  /** Default: a free one, see `freePort`. */
  readonly port?: number | undefined;
  /** Default: of seed 0. */
  readonly random?: Random | undefined;
  readonly clock?: Clock | undefined;
}

/** A real HTTP server on loopback that does what its script says. Safe to use from many clients at once. */
export interface ScriptedHttp<Content, Name extends string> extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** The last requests, the oldest first, refused ones included. */
  readonly requests: readonly SeenRequest[];
  /** How many there were. */
  readonly requestCount: number;
  /** What it does when no script has a step for a request: all it says itself, at once, by default. May be set at any time. */
  otherwise: Step<Content>;
  /** Resolves with the next request that arrives, before its body is read. */
  nextRequest(): Promise<SeenRequest>;
  /**
   * Does these, one a request, in order, and what it did before when they are used up. Of several scripts, the last one
   * that has steps counts. When the injection ends, what is left is forgotten, and what hangs or stalls goes on.
   * Throws a RangeError when an option is out of range.
   */
  script(entries: readonly ScriptEntry<Content>[], options?: ScriptOptions<Name>): Injection;
  /**
   * Ends all scripts, streams and connections. Idempotent. Rejects with PEER_SCRIPT_FAILED when a function of a script had
   * thrown; it is closed all the same.
   */
  close(): Promise<void>;
}

/** Starts a peer. Rejects with a RangeError when an option is out of range, or when it cannot listen on `port`. */
export async function scriptedHttp<Content, Name extends string>(
  options: ScriptedHttpOptions<Content, Name>,
): Promise<ScriptedHttp<Content, Name>> {
  const peer = new HttpPeer(options);
  await peer.listen(options.port);
  return peer;
}

const MIB = 2 ** 20;
const portAttempts = 3;

class HttpPeer<Content, Name extends string> implements ScriptedHttp<Content, Name> {
  otherwise: Step<Content> = { what: 'it answers' };
  readonly #name: string;
  readonly #exchange: Exchange<Content, Name>;
  readonly #routes: readonly (readonly [Name, Route<Content>])[];
  readonly #scripts: Scripts<Content, Name>;
  readonly #log: RequestLog;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #server: Server;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly cause: unknown } | undefined;
  #port = 0;
  #closed: Promise<void> | undefined;

  constructor(options: ScriptedHttpOptions<Content, Name>) {
    const { name, routes, maxBodyBytes = 32 * MIB, keepRequests = 1000 } = options;
    const { random = seededRandom(0), clock = systemClock, script = [], token, refuse } = options;
    allowed('maxBodyBytes', maxBodyBytes, 1, 1024 * MIB);
    this.#name = name;
    this.#routes = Object.entries(routes) as [Name, Route<Content>][];
    this.#clock = clock;
    this.#random = random;
    this.#log = new RequestLog(allowed('keepRequests', keepRequests, 1, 100_000));
    this.#scripts = new Scripts(name, clock);
    this.#scripts.add(script);
    this.#exchange = new Exchange({
      ...{ scripts: this.#scripts, refuse, token, maxBodyBytes, clock },
      otherwise: () => this.otherwise,
    });
    this.#server = createServer((request, response) => this.#accept(request, response));
    // No idle connection is closed, and no long upload cut off, but by script: both would look like faults.
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
    this.#server.headersTimeout = 0; // also of connections on which nothing was asked yet
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get requests(): readonly SeenRequest[] {
    return this.#log.requests;
  }

  get requestCount(): number {
    return this.#log.count;
  }

  nextRequest(): Promise<SeenRequest> {
    return this.#log.next();
  }

  script(entries: readonly ScriptEntry<Content>[], options: ScriptOptions<Name> = {}): Injection {
    return this.#scripts.start(entries, options);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async listen(port: number | undefined): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#server.listen(port ?? (await freePort()), '127.0.0.1');
        await once(this.#server, 'listening');
        this.#port = (this.#server.address() as AddressInfo).port;
        return;
      } catch (error) {
        // Somebody else was faster.
        if (port !== undefined || attempt === portAttempts) throw error;
      }
    }
  }

  #accept(incoming: IncomingMessage, response: ServerResponse): void {
    const { method = 'GET', url = '/' } = incoming;
    const [path = '', query] = url.split(/\?(.*)/s); // as it stands: not every target is a URL, such as //
    const [name, route] = this.#routes.find(([, each]) => each.method === method && each.path === path) ?? [];
    const number = this.#log.count + 1;
    const record = new RequestRecord({
      ...{ number, route: name, method, path, query: Object.fromEntries(new URLSearchParams(query)) },
      headers: incoming.headers as Record<string, string>,
      arrivedMs: this.#clock.monotonicMs(),
    });
    this.#log.add(record);
    const running = this.#exchange
      .run({ incoming, response, record, route, closing: this.#closing.signal, tools: this.#tools(number) })
      .finally(() => {
        this.#log.trim();
        this.#running.delete(running);
        if (record.outcome.state === 'script-failed') this.#failure ??= { cause: record.outcome.error };
      });
    this.#running.add(running);
  }

  #tools(number: number): Tools {
    return { clock: this.#clock, random: this.#random.fork(`request ${number}`) };
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#closing.abort();
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    await Promise.all(this.#running);
    await this.#scripts.end();
    if (this.#failure) throw drillFaults.PEER_SCRIPT_FAILED({ peer: this.#name }, this.#failure);
  }
}
