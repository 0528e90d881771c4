import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { keyedBreakers, pipeline } from '@sustain/kernel';
import * as cockatiel from 'cockatiel';
import CircuitBreaker from 'opossum';
import type { BenchFigure } from '../bench-case.ts';
import { work } from './beside.ts';

const KEYS = 100_000;
/** An opossum has two intervals: a hundred thousand of them are no fair comparison. */
const OPOSSUMS = 2000;

/** What a breaker that has been used once, and waits for its next call, keeps in memory. */
export async function idleBreakerBytes(): Promise<BenchFigure[]> {
  const keys = Array.from({ length: KEYS }, (_, index) => `dependency-${index}`);
  const value = await bytesOf(KEYS, async () => {
    const breakers = keyedBreakers({ name: 'idle', maxKeys: KEYS });
    const keyed = pipeline(breakers);
    for (const key of keys) await keyed.run(work, { key });
    const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
    if (timers.length > 0) throw new Error(`${timers.length} timers wait for idle breakers`);
    return keyed;
  });
  const cockatiels = await bytesOf(KEYS, async () => {
    const breakers = new Map<string, cockatiel.CircuitBreakerPolicy>();
    for (const key of keys) {
      const circuit = cockatiel.circuitBreaker(cockatiel.handleAll, {
        halfOpenAfter: 10_000,
        breaker: new cockatiel.ConsecutiveBreaker(5),
      });
      breakers.set(key, circuit);
      await circuit.execute(work);
    }
    return breakers;
  });
  const opossums = await bytesOf(OPOSSUMS, async () => {
    const breakers = new Map<string, CircuitBreaker>();
    for (const key of keys.slice(0, OPOSSUMS)) {
      const circuit = new CircuitBreaker(work, { timeout: 2000 });
      breakers.set(key, circuit);
      await circuit.fire();
    }
    return breakers;
  });
  for (const circuit of opossums.kept.values()) circuit.shutdown();
  return [
    { value: value.bytes, rival: 'cockatiel', rivalValue: cockatiels.bytes },
    { value: value.bytes, rival: 'opossum', rivalValue: opossums.bytes },
  ];
}

/** Bytes of heap for each of `count` things that `make` makes, with what is made. */
async function bytesOf<T>(count: number, make: () => Promise<T>): Promise<{ bytes: number; kept: T }> {
  const before = heapUsed();
  const kept = await make();
  return { bytes: (heapUsed() - before) / count, kept };
}

function heapUsed(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
