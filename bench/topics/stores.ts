import type { BenchCase } from '../bench-case.ts';
import { fallbackBench } from '../stores/fallback.ts';
import { postgresBench } from '../stores/postgres.ts';
import { redisBench } from '../stores/redis.ts';
import { sharedBreakerDecision, sharedBreakerTrip } from '../stores/shared-breaker.ts';
import { sqliteBatches, sqliteReads, sqliteWrites } from '../stores/sqlite.ts';

const cost = { unit: 'µs/command', better: 'lower' } as const;

export const cases: readonly BenchCase[] = [
  ...(['set', 'get', 'cas'] as const).flatMap((kind): BenchCase[] => [
    { name: `redis-${kind}`, ...cost, run: () => redisBench(kind) },
    { name: `postgres-${kind}`, ...cost, run: () => postgresBench(kind) },
    { name: `sqlite-${kind}`, ...cost, run: () => (kind === 'get' ? sqliteReads() : sqliteWrites(kind)) },
  ]),
  ...(['sqlite', 'redis', 'postgres'] as const).flatMap((primary) =>
    (['create', 'get'] as const).map(
      (kind): BenchCase => ({
        ...{ name: `fallback-${primary}-${kind}`, unit: 'µs/operation', better: 'lower' },
        run: () => fallbackBench(primary, kind),
      }),
    ),
  ),
  { name: 'shared-breaker-decision', unit: 'ns/call', better: 'lower', run: sharedBreakerDecision },
  { name: 'shared-breaker-trip', unit: 'ms p99', better: 'lower', run: sharedBreakerTrip },
  { name: 'sqlite-batches', unit: 'durable writes/s', better: 'higher', run: sqliteBatches },
];
