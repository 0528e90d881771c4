import { z } from 'zod';
import { duration, milliseconds, ratio, size } from '../human-values.ts';
import { defineSection } from '../section.ts';

const positiveMs = milliseconds({ leastMs: 1 });
const positiveTime = duration({ leastMs: 1 });
const positiveRatio = ratio().refine((share) => share > 0, { message: 'must be above 0' });

const shares = z
  .strictObject({ degraded: positiveRatio, unhealthy: positiveRatio.optional() })
  .refine(({ degraded, unhealthy = 1 }) => degraded <= unhealthy, {
    message: 'must not be unhealthy before it is degraded',
  })
  .transform(({ degraded, unhealthy }) => ({
    degradedAt: degraded,
    ...(unhealthy !== undefined && { unhealthyAt: unhealthy }),
  }));

const disk = z
  .strictObject({ degradedBelow: size(), unhealthyBelow: size() })
  .refine(({ degradedBelow, unhealthyBelow }) => unhealthyBelow <= degradedBelow, {
    message: 'must not be unhealthy before it is degraded',
  })
  .transform(({ degradedBelow, unhealthyBelow }) => ({
    degradedBelowBytes: degradedBelow,
    unhealthyBelowBytes: unhealthyBelow,
  }));

const service = z
  .strictObject({
    successRateThreshold: positiveRatio,
    minimumOperations: z.int().min(1),
    slowOperationThreshold: positiveTime,
    maxResponseTimes: z.int().min(1),
    window: positiveTime,
  })
  .transform(({ slowOperationThreshold, maxResponseTimes, window, ...same }) => ({
    ...same,
    slowMs: slowOperationThreshold,
    responseTimes: maxResponseTimes,
    windowMs: window,
  }));

const schema = z
  .strictObject({
    interval: positiveTime,
    timeoutMs: positiveMs,
    memory: shares,
    cpu: shares,
    disk,
    eventLoop: z.strictObject({
      frameMs: positiveMs,
      blockedMs: positiveMs,
      lateFrames: z.int().min(1),
      jitterBufferMs: positiveMs,
    }),
    performance: z.strictObject({ thresholdMs: positiveMs }),
    service,
  })
  .transform(({ interval, timeoutMs, eventLoop, performance, ...same }) => {
    const { frameMs, blockedMs, lateFrames, jitterBufferMs } = eventLoop;
    return {
      ...same,
      /** Of `HealthMonitor`. */
      monitor: { intervalMs: interval, timeoutMs },
      /** Of `eventLoopWatch`. */
      eventLoopWatch: { frameMs, blockedMs },
      /** Of `eventLoopCheck`. */
      eventLoop: { jitterBufferMs, degradedAtLateFrames: lateFrames },
      /** Of `performanceCheck`. */
      performance: { degradedAtMs: performance.thresholdMs },
    };
  });

/**
 * `health:` for the HealthMonitor, its checks (`memoryCheck(config.health.memory)` …) and ServiceHealth. `service` has the
 * thresholds of seed 004, whose spelling (`SUCCESS_RATE_THRESHOLD: 0.8`) is understood, too.
 */
export const healthSection = defineSection({
  schema,
  defaults: {
    interval: '10s',
    timeoutMs: 1000,
    memory: { degraded: '80%', unhealthy: '95%' },
    cpu: { degraded: '90%' },
    disk: { degradedBelow: '1 GiB', unhealthyBelow: '100 MiB' },
    eventLoop: { frameMs: 20, blockedMs: 250, lateFrames: 3, jitterBufferMs: 200 },
    performance: { thresholdMs: 2000 },
    service: {
      successRateThreshold: '80%',
      minimumOperations: 5,
      slowOperationThreshold: '5s',
      maxResponseTimes: 100,
      window: '5m',
    },
  },
});
