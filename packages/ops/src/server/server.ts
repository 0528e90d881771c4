import type { IncomingMessage } from 'node:http';
import { createOperation, runInOperation, type Signals } from '@sustain/kernel';
import fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify';
import { Admission } from './admission.ts';
import { healthRoutes } from './health-routes.ts';
import { listenFault } from './listen-fault.ts';
import { answerProblems, problemOptions } from './problem-answers.ts';
import type { Refusal } from './refusal.ts';
import { securityHeaders } from './security-headers.ts';
import { resolveServerOptions, type ServerOptions } from './server-options.ts';
import { requestRefused, serverStarted, serverStopped } from './signals.ts';
import { type UpgradeRoute, Upgrades } from './upgrades.ts';

/** The one HTTP server of a program. Systems add their routes and WebSockets before it starts. */
export interface Server {
  /** Adds a system's routes, under `prefix` where given. Before `start`. */
  register(plugin: FastifyPluginAsync, options?: { readonly prefix?: string }): void;
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
 * Makes a server that does not listen yet. It answers `/health…`, tells every error as problem+json, and refuses
 * what other web sites ask of it through the user's browser.
 * Throws REMOTE_WITHOUT_TOKEN for an address that is not loopback, a RangeError for impossible options.
 */
export function createServer(options: ServerOptions): Server {
  return new HttpServer(resolveServerOptions(options));
}

class HttpServer implements Server {
  readonly #options: Required<ServerOptions>;
  readonly #app: FastifyInstance;
  readonly #upgrades: Upgrades;
  readonly #stop = new AbortController();
  #started: Promise<string> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: Required<ServerOptions>) {
    this.#options = options;
    const admission = new Admission({
      allowedHosts: [...options.allowedHosts, ownName(options.host)],
      stopping: this.stopping,
    });
    const onRefusal = refusalReporter(options.signals);
    const app = fastify({
      bodyLimit: options.bodyLimitBytes,
      requestTimeout: 30_000,
      forceCloseConnections: 'idle',
      return503OnClosing: false, // Admission refuses them, as a problem
      genReqId: () => createOperation('request').id,
      http: { shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket' },
      ...problemOptions,
    });
    app.addHook('onRequest', (request, reply, done) => {
      reply.headers(securityHeaders);
      const refusal = admission.refuses(request.raw);
      const operation = {
        id: request.id,
        name: `${request.method} ${request.routeOptions.url ?? 'unknown'}`,
      };
      runInOperation(operation, () => done(refusal));
    });
    answerProblems(app, (refusal, request) => onRefusal(refusal, request.raw, request.id));
    healthRoutes(app, options.health);
    this.#upgrades = new Upgrades({
      refuses: (request) => admission.refuses(request),
      onRefusal: (refusal, request, operation) => onRefusal(refusal, request, operation.id),
    });
    this.#upgrades.listen(app.server);
    this.#app = app;
  }

  get stopping(): AbortSignal {
    return this.#stop.signal;
  }

  register(plugin: FastifyPluginAsync, options: { readonly prefix?: string } = {}): void {
    this.#app.register(plugin, options);
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
