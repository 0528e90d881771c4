import { describe, expect, test } from 'vitest';
import { kernelFaults } from '../../faults/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { freeMemory, type MemoryStep } from './free-memory.ts';

const fault = kernelFaults.OUT_OF_MEMORY({ error: 'heap', errorName: 'Error' });

/** Frees memory; there is enough after `enoughAfter` questions. */
async function trial(steps: readonly MemoryStep[], enoughAfter: number, abort?: AbortController) {
  const clock = new SimulatedClock();
  let asked = 0;
  const strategy = freeMemory({ steps, isEnough: () => ++asked >= enoughAfter, clock });
  const { signal } = abort ?? new AbortController();
  const run = Promise.resolve(strategy.recover(fault, { component: 'gpu' }, { signal }));
  const ended = await clock.run(run.catch((error: unknown) => error));
  return { ended, endedMs: clock.monotonicMs() };
}

describe('free_memory', () => {
  const free = () => undefined;
  const steps: readonly MemoryStep[] = [
    { name: 'clear caches', free },
    { name: 'smaller buffers', isLesser: true, free },
    { name: 'go on without the graphics card', isLesser: true, free },
  ];

  test.each([
    [1, true, false, 'Freed memory: clear caches'],
    [2, true, true, 'Freed memory: clear caches, smaller buffers'],
    [
      9,
      false,
      true,
      'Not enough memory after: clear caches, smaller buffers, go on without the graphics card',
    ],
  ])('enough after %i steps: success %j, fallback used %j', async (after, success, fallbackUsed, message) => {
    expect((await trial(steps, after)).ended).toMatchObject({ success, fallbackUsed, message });
  });

  test('passes over a step that fails or hangs', async () => {
    const broken: readonly MemoryStep[] = [
      { name: 'clear caches', free: () => Promise.reject(new Error('no')) },
      { name: 'synchronise', free: () => new Promise(() => undefined) },
      { name: 'collect garbage', free },
    ];
    const { ended, endedMs } = await trial(broken, 1);
    expect(endedMs).toBe(5000);
    expect(ended).toMatchObject({ success: true, fallbackUsed: false });
    expect(ended).toMatchObject({ message: 'Freed memory: clear caches, synchronise, collect garbage' });
  });

  test('takes no further step when its signal aborts', async () => {
    const abort = new AbortController();
    const taken: string[] = [];
    const step = (name: string) => ({
      name,
      free: () => {
        taken.push(name);
        abort.abort(new Error('given up'));
      },
    });
    const { ended } = await trial([step('one'), step('two')], 9, abort);
    expect(ended).toMatchObject({ success: false });
    expect(taken).toEqual(['one']);
  });

  test('refuses a step that may take no time', () => {
    expect(() => freeMemory({ steps, isEnough: () => true, stepTimeoutMs: 0 })).toThrow(RangeError);
  });
});
