import { SimulatedClock, seededRandom } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { answers, changesChunks, connectionReset, inject, rejects, silent } from './index.ts';

test('the same seed gives the same trace and answers, byte for byte, over 100 seeds', async () => {
  const play = async (seed: number) => {
    const clock = new SimulatedClock();
    const broken = inject(
      {
        read: async (name: string) => name,
        async *stream() {
          for (let chunk = 0; chunk < 20; chunk++) yield Float32Array.of(chunk, 1);
        },
      },
      {
        read: [
          { probability: 0.3, effect: rejects(connectionReset) },
          { probability: 0.5, effect: answers((text, random) => `${text}${random.next()}`) },
        ],
        stream: { effect: changesChunks(silent, { probability: 0.4 }) },
      },
      { clock, random: seededRandom(seed) },
    );
    const seen: unknown[] = [];
    const reading = async (name: string) => {
      for (let call = 0; call < 10; call++) {
        seen.push(await broken.port.read(name).catch((error: NodeJS.ErrnoException) => error.code));
      }
    };
    const streaming = async () => {
      for await (const chunk of broken.port.stream()) seen.push(...chunk);
    };
    await Promise.all([reading('a'), reading('b'), streaming()]);
    await broken.end();
    return JSON.stringify([seen, broken.trace]);
  };
  const traces = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    const trace = await play(seed);
    expect(await play(seed)).toBe(trace);
    traces.add(trace);
  }
  expect(traces.size).toBe(100);
});

test('calls at the same time do not change what the others meet', async () => {
  const meet = async (others: number) => {
    const injection = inject(
      {
        async *stream() {
          yield* Array.from({ length: 50 }, (_, index) => index);
        },
      },
      { stream: { effect: changesChunks(() => -1, { probability: 0.5 }) } },
    );
    const first = injection.port.stream();
    const rest = Array.from({ length: others }, () => injection.port.stream());
    const chunks: number[] = [];
    for await (const chunk of first) {
      chunks.push(chunk);
      for (const other of rest) await other.next();
    }
    await injection.end();
    return chunks;
  };
  const alone = await meet(0);
  expect(new Set(alone).size).toBeGreaterThan(10);
  expect(await meet(3)).toEqual(alone);
});
