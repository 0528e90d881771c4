import { z } from 'zod';
import { duration, milliseconds, ratio } from '../human-values.ts';
import { defineSection } from '../section.ts';

/** What every kind of alert has. A bare number of `cooldown` is seconds, as in seed 001. */
const common = { enabled: z.boolean(), cooldown: duration(), channels: z.array(z.string().min(1)) };

const schema = z
  .strictObject({
    criticalErrors: z.strictObject({ ...common, threshold: z.int().min(1) }),
    performanceDegradation: z.strictObject({ ...common, thresholdMs: milliseconds(), window: duration() }),
    resourceUsage: z.strictObject({ ...common, memoryThreshold: ratio(), cpuThreshold: ratio() }),
    externalServiceFailure: z.strictObject({ ...common, consecutiveFailures: z.int().min(1) }),
  })
  .transform((kinds) => ({
    criticalErrors: inMilliseconds(kinds.criticalErrors),
    performanceDegradation: {
      ...inMilliseconds(kinds.performanceDegradation),
      windowMs: kinds.performanceDegradation.window,
    },
    resourceUsage: inMilliseconds(kinds.resourceUsage),
    externalServiceFailure: inMilliseconds(kinds.externalServiceFailure),
  }));

/** `alerts:` with the kinds, fields and numbers of seed 001; channels that nobody knows are skipped when one is sent. */
export const alertsSection = defineSection({
  schema,
  defaults: {
    criticalErrors: { enabled: true, threshold: 1, cooldown: '5m', channels: ['console', 'log_file'] },
    performanceDegradation: {
      enabled: true,
      thresholdMs: 2000,
      window: '5m',
      cooldown: '5m',
      channels: ['console'],
    },
    resourceUsage: {
      enabled: true,
      memoryThreshold: '80%',
      cpuThreshold: '90%',
      cooldown: '5m',
      channels: ['console', 'log_file'],
    },
    externalServiceFailure: {
      enabled: true,
      consecutiveFailures: 3,
      cooldown: '5m',
      channels: ['console', 'log_file'],
    },
  },
});

function inMilliseconds<Kind extends { readonly cooldown: number; readonly window?: number }>({
  cooldown,
  window: _window,
  ...kind
}: Kind) {
  return { ...kind, cooldownMs: cooldown };
}
