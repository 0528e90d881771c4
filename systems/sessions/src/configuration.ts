import { defineSection, duration, size, timeWithUnit } from '@sustain/ops/config';
import { z } from 'zod';

const retry = z
  .strictObject({
    maxAttempts: z.int().min(1),
    baseDelay: duration(),
    maxDelay: duration(),
    exponentialBase: z.number().min(1).max(1000),
    jitter: z.boolean(),
    backoffStrategy: z.enum(['exponential', 'linear', 'constant']),
  })
  .transform(({ baseDelay, maxDelay, ...same }) => ({
    ...same,
    baseDelayMs: baseDelay,
    maxDelayMs: maxDelay,
  }));

const schema = z
  .strictObject({
    folder: z.string().min(1),
    instance: z
      .string()
      .regex(/^[\w.-]{1,64}$/)
      .describe('1 to 64 letters, digits, ".", "_" and "-"')
      .optional(),
    enableFallback: z.boolean(),
    retryConfig: retry,
    ttl: timeWithUnit({ leastMs: 1000 }),
    maxState: size(),
    maxChange: size(),
    cleanupEvery: duration({ leastMs: 1 }),
    takeOverAfter: duration({ leastMs: 20_000 }),
    redisDurability: z.enum(['process-death', 'power-loss']),
    tokenSecrets: z.array(z.string()),
  })
  .transform(({ retryConfig, ttl, maxState, maxChange, cleanupEvery, takeOverAfter, ...same }) => ({
    ...same,
    retry: retryConfig,
    ttlMs: ttl,
    maxStateBytes: maxState,
    maxChangeBytes: maxChange,
    cleanupEveryMs: cleanupEvery,
    takeOverAfterMs: takeOverAfter,
  }));

/**
 * `sessions:` for the session service. `enableFallback` and `retryConfig` are those of seed 004, whose spelling
 * (`enable_fallback`, `max_attempts`) is understood, too; its health thresholds are in `health.service`. Broken, it stops
 * the program: with its defaults it would ask for no token, and keep sessions where nobody looks for them.
 */
export const sessionsSection = defineSection({
  schema,
  defaults: {
    folder: '.sustain/sessions',
    enableFallback: true,
    retryConfig: {
      maxAttempts: 3,
      baseDelay: '1s',
      maxDelay: '30s',
      exponentialBase: 2,
      jitter: true,
      backoffStrategy: 'exponential',
    },
    ttl: '30 days',
    maxState: '512 KiB',
    maxChange: '256 KiB',
    cleanupEvery: '1m',
    takeOverAfter: '5m',
    redisDurability: 'process-death',
    tokenSecrets: [],
  },
  environment: { SESSIONS_TOKEN_SECRET: 'tokenSecrets', SESSIONS_INSTANCE: 'instance' },
  whenBroken: 'refuse',
});

/** What `sessions:` gives. */
export type SessionsConfiguration = z.output<typeof schema>;
