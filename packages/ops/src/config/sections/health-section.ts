import { z } from 'zod';
import { duration, milliseconds, ratio } from '../human-values.ts';
import { defineSection } from '../section.ts';

const positive = (ms: number) => ms > 0;

const levels = z.strictObject({ degraded: ratio(), unhealthy: ratio() }).superRefine((given, context) => {
  if (given.degraded <= given.unhealthy) return;
  context.addIssue({ code: 'custom', message: 'degraded must not be above unhealthy' });
});

const schema = z
  .strictObject({
    interval: duration().refine(positive),
    timeoutMs: milliseconds().refine(positive),
    memory: levels,
    cpu: levels,
    disk: levels,
    eventLoop: z.strictObject({
      frameMs: milliseconds().refine(positive),
      lateFrames: z.int().min(1),
      window: duration().refine(positive),
      jitterBufferMs: milliseconds().refine(positive),
    }),
    responseTimes: z.strictObject({ thresholdMs: milliseconds().refine(positive) }),
    service: z.strictObject({
      successRateThreshold: ratio(),
      slowOperationThreshold: duration().refine(positive),
      maxResponseTimes: z.int().min(1),
      window: duration().refine(positive),
    }),
  })
  .transform(({ interval, timeoutMs, memory, cpu, disk, eventLoop, responseTimes, service }) => ({
    /** Of `HealthMonitor`. */
    monitor: { intervalMs: interval, timeoutMs },
    memory,
    cpu,
    disk,
    eventLoop: {
      frameMs: eventLoop.frameMs,
      lateFrames: eventLoop.lateFrames,
      windowMs: eventLoop.window,
      jitterBufferMs: eventLoop.jitterBufferMs,
    },
    responseTimes: { thresholdMs: responseTimes.thresholdMs },
    /** Of `ServiceHealth`. */
    service: {
      successRateThreshold: service.successRateThreshold,
      slowMs: service.slowOperationThreshold,
      responseTimes: service.maxResponseTimes,
      windowMs: service.window,
    },
  }));

/**
 * `health:` for the HealthMonitor, its checks and ServiceHealth. `service` has the thresholds of seed 004, whose spelling
 * (`SUCCESS_RATE_THRESHOLD: 0.8`) is understood, too.
 */
export const healthSection = defineSection({
  schema,
  defaults: {
    interval: '10s',
    timeoutMs: 1000,
    memory: { degraded: '80%', unhealthy: '95%' },
    cpu: { degraded: '80%', unhealthy: '95%' },
    disk: { degraded: '90%', unhealthy: '98%' },
    eventLoop: { frameMs: 20, lateFrames: 3, window: '10s', jitterBufferMs: 200 },
    responseTimes: { thresholdMs: 2000 },
    service: {
      successRateThreshold: '80%',
      slowOperationThreshold: '5s',
      maxResponseTimes: 100,
      window: '5m',
    },
  },
});
