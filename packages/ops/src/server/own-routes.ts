import type { FastifyPluginAsync } from 'fastify';
import { apiRoutes } from './api-description.ts';
import { type Authentication, LIVE_PATH, loginRoutes } from './auth/index.ts';
import { healthRoutes } from './health-routes.ts';
import { metricsRoute } from './metrics-route.ts';
import type { ResolvedServerOptions } from './server-options.ts';
import { type SignalHistory, signalRoutes } from './signal-stream/index.ts';

export interface OwnRoutesOptions extends ResolvedServerOptions {
  readonly authentication: Authentication;
  readonly clientOf: Parameters<typeof loginRoutes>[1]['clientOf'];
  readonly overOf: Parameters<typeof signalRoutes>[1]['overOf'];
  readonly history: SignalHistory;
  readonly stopping: AbortSignal;
}

/** The routes that every server has, after what collects their descriptions. */
export function ownRoutes(options: OwnRoutesOptions): FastifyPluginAsync {
  const { health, metrics, clock, authentication } = options;
  return async (app) => {
    // Schemas describe here; Fastify would leave out what they do not name.
    app.setSerializerCompiler(() => (data) => JSON.stringify(data));
    healthRoutes(app, health);
    if (metrics !== undefined) metricsRoute(app, metrics, clock);
    if (authentication.required) await app.register(async (own) => loginRoutes(own, options));
    signalRoutes(app, options);
    apiRoutes(app, {
      openapi: '/api/openapi.json',
      signals: '/api/signals',
      health: '/health',
      live: LIVE_PATH,
      ready: '/health/ready',
      ...(metrics !== undefined && { metrics: '/metrics' }),
      ...(authentication.required && { login: '/api/login', logout: '/api/logout' }),
    });
  };
}
