import type { Signal } from '@sustain/kernel';
import { type DescribeSignal, info, ms } from './signal-line.ts';

type Health = 'healthy' | 'degraded' | 'unhealthy';

interface Slow {
  readonly operation?: string;
  readonly durationMs: number;
  readonly thresholdMs: number;
  readonly outcome: string;
}

/** What is said of the signals of health, performance and configuration. By their names, as they are usable alone. */
export const opsSignalLines: Readonly<Record<string, DescribeSignal>> = {
  'health.changed': ({
    data: { system, check, to, message },
  }: Signal<{ system?: string; check?: string; to: Health; message?: string }>) => {
    // A system changes with a check, and the whole with a system: the first says why, the last what it means.
    if (system !== undefined && check === undefined) return null;
    const what = check ?? 'everything together';
    const why = message === undefined ? '' : `: ${message}`;
    return { level: HEALTH_LEVELS[to], message: `${what} is ${to}${why}`, context: { system, check, to } };
  },
  'service.slow': ({ data, source }: Signal<Slow>) => slow('an operation', source, data),
  'performance.slow': ({ data }: Signal<Slow>) => slow(`${data.operation}`, `${data.operation}`, data),
  'event-loop.blocked': ({ data }: Signal<{ blockedMs: number }>) => ({
    level: 'WARNING',
    message: `the event loop was blocked for ${ms(data.blockedMs)}`,
    context: { ...data },
  }),
  'configuration.changed': ({ data }: Signal<{ paths: readonly string[]; by: string }>) =>
    info(`the configuration was changed: ${data.paths.join(', ')}`, { ...data }),
};

const HEALTH_LEVELS = { healthy: 'INFO', degraded: 'WARNING', unhealthy: 'ERROR' } as const;

function slow(what: string, operation: string, data: Slow) {
  const { durationMs, thresholdMs, outcome } = data;
  return {
    level: 'WARNING' as const,
    message: `${what} took ${ms(durationMs)} (slow from ${ms(thresholdMs)} on)`,
    context: { thresholdMs, outcome },
    performance: { operation, durationMs },
  };
}
