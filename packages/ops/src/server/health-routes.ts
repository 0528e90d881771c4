import type { FastifyInstance, FastifyReply } from 'fastify';
import {
  type HealthDocument,
  type HealthMonitor,
  type HealthReport,
  healthDocument,
  healthMediaType,
  httpStatusOf,
} from '../health/index.ts';
import { LIVE_PATH } from './auth/index.ts';
import { serverFaults } from './faults.ts';
import { Refusal } from './refusal.ts';
import { schemaUriOf } from './schemas/index.ts';

/**
 * `/health` all systems · `/health/live` the process answers, whatever else is broken, until it is gone · `/health/ready`
 * new work can be sent here · `/health/<system>` one system. Pass and warn answer 200, fail 503.
 *
 * Ready differs from `/health` in what it is for: it says in one word, and with what is wrong, whether a balancer shall
 * send work here, so a degraded program is ready, and one that stops is not. `/health` has every check.
 */
export function healthRoutes(app: FastifyInstance, health: HealthMonitor): void {
  app.get('/health', described('All checks'), async (_request, reply) =>
    sendReport(reply, await health.runHealthChecks()),
  );
  app.get('/health/ready', described('Whether new work can be sent here'), async (_request, reply) => {
    const report = await health.runHealthChecks();
    const { checks: _checks, ...verdict } = healthDocument(report);
    return sendReport(reply, report, { ...verdict, checks: {} });
  });
  app.get(LIVE_PATH, described('Whether the process answers'), (_request, reply) =>
    reply.type(healthMediaType).send({ status: 'pass', checks: {} } satisfies HealthDocument),
  );
  app.get<{ Params: { system: string } }>(
    '/health/:system',
    described('The checks of one system'),
    async (request, reply) => {
      const { system } = request.params;
      const { systems } = health;
      if (!systems.includes(system)) {
        throw new Refusal(serverFaults.NOT_FOUND({ what: `system "${system}"`, known: systems }), 404);
      }
      return sendReport(reply, await health.runHealthChecks(system));
    },
  );
}

function sendReport(
  reply: FastifyReply,
  report: HealthReport,
  document: HealthDocument = healthDocument(report),
): FastifyReply {
  const cachedS = Math.floor(report.cachedMs / 1000);
  // Else as everything: not at all.
  if (cachedS > 0) reply.header('cache-control', `private, max-age=${cachedS}`);
  return reply.code(httpStatusOf(report.overallHealth)).type(healthMediaType).send(document);
}

function described(summary: string) {
  const content = { [healthMediaType]: { schema: { $ref: schemaUriOf('Health') } } };
  return {
    schema: {
      summary,
      tags: ['health'],
      response: { 200: { description: 'pass or warn', content }, 503: { description: 'fail', content } },
    },
  };
}
