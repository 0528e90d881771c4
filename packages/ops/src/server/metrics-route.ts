import type { Clock } from '@sustain/kernel';
import type { FastifyInstance } from 'fastify';
import { serverFaults } from './faults.ts';
import { Refusal } from './refusal.ts';

/** What `/metrics` answers; `Metrics` of `@sustain/ops/metrics` is one. */
export interface MetricsSource {
  /** All metrics, and what they are: `text/plain; version=0.0.4; charset=utf-8`. May reject, or take up to 10 s. */
  scrape(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/**
 * `GET /metrics`. Scrapes at the same time share one text; one that fails, or takes longer than 10 s, is
 * METRICS_UNAVAILABLE, 503. The next one begins anew: a source that once never answered costs no more than that.
 */
export function metricsRoute(app: FastifyInstance, metrics: MetricsSource, clock: Clock): void {
  let underWay: ReturnType<MetricsSource['scrape']> | undefined;
  const scrape = async () => {
    await undefined; // a source that throws at once must not be forgotten before it is known
    return metrics.scrape();
  };
  app.get('/metrics', { schema }, async (_request, reply) => {
    const late = Promise.withResolvers<never>();
    const timer = clock.schedule(
      SCRAPE_TIMEOUT_MS,
      () => late.reject(new Error(`no metrics after ${SCRAPE_TIMEOUT_MS} ms`)),
      { keepAlive: false },
    );
    underWay ??= scrape();
    const shared = underWay;
    try {
      const { contentType, body } = await Promise.race([shared, late.promise]);
      return reply.header('content-type', contentType).send(body);
    } catch (error) {
      const fault = serverFaults.METRICS_UNAVAILABLE({ retryAfterMs: RETRY_AFTER_MS }, { cause: error });
      throw new Refusal(fault, 503);
    } finally {
      timer.cancel();
      if (underWay === shared) underWay = undefined;
    }
  });
}

/** Prometheus gives up after 10 s unless told otherwise. */
const SCRAPE_TIMEOUT_MS = 10_000;
const RETRY_AFTER_MS = 15_000;

const schema = {
  summary: 'Metrics for Prometheus',
  tags: ['metrics'],
  response: {
    200: { description: 'The text format', content: { 'text/plain': { schema: { type: 'string' } } } },
  },
} as const;
