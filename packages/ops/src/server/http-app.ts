import type { IncomingMessage } from 'node:http';
import { createOperation, runInOperation } from '@sustain/kernel';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Admitted } from './auth/index.ts';
import { answerProblems, problemOptions } from './problem-answers.ts';
import type { Client, ClientAddresses } from './rate-limit/index.ts';
import { Refusal } from './refusal.ts';
import { httpsSecurityHeaders, securityHeaders } from './security-headers.ts';
import type { ResolvedServerOptions } from './server-options.ts';
import { requestFinished } from './signals.ts';

export interface HttpAppOptions extends ResolvedServerOptions {
  readonly clients: ClientAddresses;
  /** `route`: the template of its route; undefined where there is none. */
  readonly admit: (
    request: IncomingMessage,
    client: Client,
    route: string | undefined,
  ) => Admitted | Promise<Admitted>;
  readonly onRefusal: (refusal: Refusal, request: IncomingMessage, operationId: string) => void;
}

/**
 * Fastify with what is the same for every route: who is let in, security headers, operations, problems, and what is told
 * of a finished request.
 */
export function createHttpApp(options: HttpAppOptions): FastifyInstance {
  const { clock, signals, clients, requestTimeoutMs } = options;
  const app = fastify({
    bodyLimit: options.bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // Admission refuses them, as a problem
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    trustProxy: (address: string) => clients.trusts(address),
    genReqId: () => createOperation('request').id,
    http: {
      headersTimeout: Math.ceil(requestTimeoutMs / 3),
      // How often Node looks for requests that take too long; by its own default they may have a minute.
      connectionsCheckingInterval: Math.min(5000, Math.ceil(requestTimeoutMs / 4)),
      maxHeaderSize: MAX_HEADER_BYTES,
      requireHostHeader: false, // Admission refuses them, as a problem
      shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
    },
    ...problemOptions,
  });
  app.server.maxConnections = options.maxConnections;
  // Else Node answers by itself who expects what it does not know, past everything below.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));

  const finished = signals.channel(requestFinished);
  const begun = new WeakMap<FastifyRequest, { readonly startMs: number; readonly caller?: string }>();
  app.addHook('onRequest', (request, reply, done) => {
    const client = clients.of(request.raw);
    reply.headers(client.isHttps ? httpsSecurityHeaders : securityHeaders);
    const operation = { id: request.id, name: `${request.method} ${routeOf(request)}` };
    runInOperation(operation, () => {
      const startMs = clock.monotonicMs();
      const goOn = (identity: Admitted) => {
        if (finished.heard) {
          const isKnown = !(identity instanceof Refusal) && identity.state !== 'anonymous';
          begun.set(request, { startMs, ...(isKnown && { caller: identity.name }) });
        }
        done(identity instanceof Refusal ? identity : undefined);
      };
      const admitted = options.admit(request.raw, client, request.routeOptions.url);
      if (admitted instanceof Promise) void admitted.then(goOn, done);
      else goOn(admitted);
    });
  });
  app.addHook('onResponse', (request, reply, done) => {
    const start = begun.get(request);
    if (start !== undefined && finished.heard) {
      const { startMs, ...caller } = start;
      const { method, id: operationId } = request;
      const durationMs = clock.monotonicMs() - startMs;
      const data = { method, route: routeOf(request), status: reply.statusCode, durationMs, ...caller };
      finished.emit(data, { source: 'server', operationId });
    }
    done();
  });
  answerProblems(app, (refusal, request) => options.onRefusal(refusal, request.raw, request.id));
  return app;
}

/** Of one part of a path. Longer than what any route takes, so that the route can say what is wrong with it. */
const MAX_PARAMETER_LENGTH = 1024;

/** All headers of a request together; with more it is answered 431. Node's default. */
const MAX_HEADER_BYTES = 16_384;

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown';
}
