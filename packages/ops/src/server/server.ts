import type { IncomingMessage } from 'node:http';
import { createOperation, type Signals } from '@sustain/kernel';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { Admission } from './admission.ts';
import { collectDescriptions } from './api-description.ts';
import { type Admitted, Authentication, type Identity, type TokenVerifier } from './auth/index.ts';
import { Gate } from './gate.ts';
import { createHttpApp } from './http-app.ts';
import { listenFault } from './listen-fault.ts';
import { ownRoutes } from './own-routes.ts';
import { ClientAddresses, RequestLimits } from './rate-limit/index.ts';
import { Refusal } from './refusal.ts';
import { type ResolvedServerOptions, resolveServerOptions, type ServerOptions } from './server-options.ts';
import { SignalHistory } from './signal-stream/index.ts';
import { requestRefused, serverStarted, serverStopped } from './signals.ts';
import { type UpgradeRoute, Upgrades } from './upgrades.ts';

/** The one HTTP server of a program. Systems add their routes and WebSockets before it starts. */
export interface Server {
  /** Adds a system's routes, under `prefix` where given. Before `start`. */
  register(plugin: FastifyPluginAsync, options?: { readonly prefix?: string }): void;
  /**
   * Lets a system issue tokens of its own: its routes, those of `prefix` and below, need one that `verify` knows, or one of
   * the server's; also where the server has none and would let everybody in. Wrong ones count as wrong tokens do.
   * WebSockets take the server's only. Throws a RangeError when the prefix is no path, or is taken.
   */
  authenticate(prefix: string, verify: TokenVerifier): void;
  /** Who asks: for routes, of the request (`request.raw` of Fastify's) that they answer. */
  identityOf(request: IncomingMessage): Identity;
  /** Serves upgrades at exactly this path; see `webSocketRoute`. */
  onUpgrade(path: string, route: UpgradeRoute): void;
  /**
   * Listens. Resolves with the address, such as `http://127.0.0.1:4400`.
   * Rejects with ADDRESS_IN_USE or ADDRESS_UNUSABLE, and may then be tried again; or with what a plugin failed with.
   */
  start(): Promise<string>;
  /**
   * Accepts nothing more, tells WebSockets to leave, waits at most `stopTimeoutMs` for what is under way, then cuts
   * it. Rejects only with what a system's own closing failed with. Asked again, it answers the same promise.
   */
  stop(): Promise<void>;
  /** Aborted when `stop` begins: for answers that last, such as event streams. */
  readonly stopping: AbortSignal;
}

/**
 * Makes a server that does not listen yet. It answers `/health…`, `/metrics`, `/api/…`, tells every error as problem+json,
 * and refuses what other web sites ask of it through the user's browser, who has no token where there are any, and who
 * asks too much. From now until it stops it keeps the last signals.
 * Throws REMOTE_WITHOUT_TOKEN for an address that is not loopback, TOKEN_UNUSABLE, a RangeError or TypeError for
 * impossible options.
 */
export function createServer(options: ServerOptions): Server {
  return new HttpServer(resolveServerOptions(options));
}

class HttpServer implements Server {
  readonly #options: ResolvedServerOptions;
  readonly #app: FastifyInstance;
  readonly #upgrades: Upgrades;
  readonly #authentication: Authentication;
  readonly #identities = new WeakMap<IncomingMessage, Identity>();
  readonly #stop = new AbortController();
  readonly #forgetSignals: () => void;
  #started: Promise<string> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: ResolvedServerOptions) {
    this.#options = options;
    const { clock, signals } = options;
    const clients = new ClientAddresses(options.trustedProxies);
    const authentication = new Authentication(options);
    this.#authentication = authentication;
    const gate = new Gate({
      admission: new Admission({
        allowedHosts: [...options.allowedHosts, ownName(options.host)],
        stopping: this.stopping,
      }),
      limits: new RequestLimits(options.rates, clock),
      authentication,
    });
    const onRefusal = refusalReporter(signals);
    const epoch = createOperation('server', options.random).id.slice(0, 12);
    const history = new SignalHistory({ epoch, capacity: options.signalHistory });
    this.#app = createHttpApp({
      ...options,
      clients,
      admit: (request, client, route) => {
        const admitted = gate.admit(request, client, route);
        const keep = (identity: Admitted) => {
          if (!(identity instanceof Refusal)) this.#identities.set(request, identity);
          return identity;
        };
        return admitted instanceof Promise ? admitted.then(keep) : keep(admitted);
      },
      onRefusal,
    });
    collectDescriptions(this.#app, authentication.required);
    const clientOf = (request: IncomingMessage) => clients.of(request);
    const overOf = (request: IncomingMessage) => {
      const identity = this.identityOf(request);
      return identity.state === 'session' ? identity.over : undefined;
    };
    this.#app.register(
      ownRoutes({ ...options, authentication, clientOf, overOf, history, stopping: this.stopping }),
    );
    this.#upgrades = new Upgrades({
      admit: (request) => gate.admit(request, clients.of(request)),
      onRefusal: (refusal, request, operation) => onRefusal(refusal, request, operation.id),
    });
    this.#upgrades.listen(this.#app.server);
    this.#forgetSignals = signals.onAny(history.add);
  }

  get stopping(): AbortSignal {
    return this.#stop.signal;
  }

  register(plugin: FastifyPluginAsync, options: { readonly prefix?: string } = {}): void {
    this.#app.register(plugin, options);
  }

  authenticate(prefix: string, verify: TokenVerifier): void {
    this.#authentication.addVerifier(prefix, verify);
  }

  identityOf(request: IncomingMessage): Identity {
    return this.#identities.get(request) ?? { state: 'anonymous' };
  }

  onUpgrade(path: string, route: UpgradeRoute): void {
    this.#upgrades.add(path, route);
  }

  start(): Promise<string> {
    this.#started ??= this.#listen().catch((error: unknown) => {
      this.#started = undefined;
      throw error;
    });
    return this.#started;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#close();
    return this.#stopped;
  }

  async #listen(): Promise<string> {
    const { host, port, signals } = this.#options;
    try {
      const url = await this.#app.listen({ host, port });
      signals.channel(serverStarted).emit({ url }, { source: 'server' });
      return url;
    } catch (error) {
      throw listenFault(error, host, port);
    }
  }

  async #close(): Promise<void> {
    const { clock, signals, stopTimeoutMs } = this.#options;
    const startMs = clock.monotonicMs();
    let webSocketsCut = 0;
    const cut = Promise.withResolvers<void>();
    this.#stop.abort();
    this.#forgetSignals();
    this.#upgrades.goAway();
    const deadline = clock.schedule(stopTimeoutMs, () => {
      webSocketsCut = this.#upgrades.cut();
      this.#app.server.close();
      this.#app.server.closeAllConnections();
      cut.resolve();
    });
    try {
      await Promise.race([this.#app.close(), cut.promise]);
    } finally {
      deadline.cancel();
    }
    signals
      .channel(serverStopped)
      .emit({ durationMs: clock.monotonicMs() - startMs, webSocketsCut }, { source: 'server' });
  }
}

function refusalReporter(
  signals: Signals,
): (refusal: Refusal, request: IncomingMessage, operationId: string) => void {
  const channel = signals.channel(requestRefused);
  return ({ fault, status }, { method = '', url = '' }, operationId) => {
    if (!channel.heard) return;
    channel.emit(
      { fault, status, method, path: url.split('?', 1)[0] ?? '' },
      { source: 'server', operationId },
    );
  };
}

/** How a Host header spells the address that is listened on. */
function ownName(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
