import { z } from 'zod';
import { timeWithUnit } from '../human-values.ts';
import { defineSection } from '../section.ts';

const schema = z
  .strictObject({
    maxSeries: z.int().min(1),
    maxIdle: timeWithUnit({ leastMs: 1 }).optional(),
  })
  .transform(({ maxSeries, maxIdle }) => ({
    maxSeries,
    ...(maxIdle !== undefined && { maxIdleMs: maxIdle }),
  }));

/** `metrics:` for `createMetrics`. */
export const metricsSection = defineSection({ schema, defaults: { maxSeries: 1000 } });
