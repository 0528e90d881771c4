import { z } from 'zod';
import { duration, milliseconds } from '../human-values.ts';
import { defineSection } from '../section.ts';

const schema = z
  .strictObject({
    slowMs: milliseconds({ leastMs: 1 }),
    window: duration({ leastMs: 1 }),
    maxOperations: z.int().min(1),
  })
  .transform(({ slowMs, window, maxOperations }) => ({ slowMs, windowMs: window, maxOperations }));

/** `performance:` for `PerformanceMonitor`. */
export const performanceSection = defineSection({
  schema,
  defaults: { slowMs: 1000, window: '5m', maxOperations: 100 },
});
