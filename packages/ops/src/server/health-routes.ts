import type { FastifyInstance, FastifyReply } from 'fastify';
import {
  type HealthDocument,
  type HealthMonitor,
  type HealthReport,
  healthDocument,
  healthMediaType,
  httpStatusOf,
} from '../health/index.ts';
import { serverFaults } from './faults.ts';
import { Refusal } from './refusal.ts';

/**
 * `/health` all systems · `/health/live` the process answers, whatever else is broken · `/health/ready` work can be
 * sent here · `/health/<system>` one system. Pass and warn answer 200, fail 503.
 */
export function healthRoutes(app: FastifyInstance, health: HealthMonitor): void {
  app.get('/health', async (_request, reply) => sendReport(reply, await health.runHealthChecks()));
  app.get('/health/ready', async (_request, reply) => sendReport(reply, await health.runHealthChecks()));
  app.get('/health/live', (_request, reply) => send(reply, 200, { status: 'pass', checks: {} }));
  app.get<{ Params: { system: string } }>('/health/:system', async (request, reply) => {
    const { system } = request.params;
    const { systems } = health;
    if (!systems.includes(system)) {
      throw new Refusal(serverFaults.NOT_FOUND({ what: `system "${system}"`, known: systems }), 404);
    }
    return sendReport(reply, await health.runHealthChecks(system));
  });
}

function sendReport(reply: FastifyReply, report: HealthReport): FastifyReply {
  return send(reply, httpStatusOf(report.overallHealth), healthDocument(report));
}

function send(reply: FastifyReply, status: number, document: HealthDocument): FastifyReply {
  return reply.code(status).type(healthMediaType).header('cache-control', 'no-store').send(document);
}
