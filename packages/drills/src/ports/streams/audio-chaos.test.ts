import { SimulatedClock, seededRandom } from '@sustain/kernel';
import { beforeEach, expect, test } from 'vitest';
import { drifts, inject, jitters, losesFrames } from '../index.ts';

let clock: SimulatedClock;
beforeEach(() => {
  clock = new SimulatedClock();
});

/** A source that sends a numbered frame every 20 ms, as soon as it is asked. */
function microphone(frames: number) {
  return {
    async *listen() {
      for (let number = 1; number <= frames; number++) {
        await clock.sleep(Math.max(number * 20 - clock.monotonicMs(), 0));
        yield number;
      }
    },
  };
}

test('jitter keeps the order and the pace, and makes frames come late, in clumps', async () => {
  const { port, trace } = inject(
    microphone(200),
    { listen: { effect: jitters({ fromMs: 0, toMs: 100 }) } },
    { clock, random: seededRandom(1), maxMs: 60_000 },
  );
  const lateMs: number[] = [];
  const read = async () => {
    let last = 0;
    for await (const number of port.listen()) {
      expect(number).toBe(++last);
      lateMs.push(clock.monotonicMs() - number * 20);
    }
  };
  await clock.run(read());
  expect(lateMs).toHaveLength(200);
  expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...lateMs)).toBeGreaterThan(80);
  expect(Math.max(...lateMs)).toBeLessThan(100); // It does not add up.
  expect(lateMs.some((late, index) => late === (lateMs[index - 1] ?? 0) - 20)).toBe(true);
  expect(trace).toHaveLength(200);
});

test('what the source fails with comes after the frames before it', async () => {
  const { port } = inject(
    {
      async *listen() {
        yield* [1, 2];
        throw new Error('unplugged');
      },
    },
    { listen: { effect: jitters(50) } },
    { clock },
  );
  const heard: number[] = [];
  const read = async () => {
    for await (const number of port.listen()) heard.push(number);
  };
  await expect(clock.run(read())).rejects.toThrow('unplugged');
  expect(heard).toEqual([1, 2]);
});

test.each([
  { ratio: 0.05, burstFrames: 1 },
  { ratio: 0.2, burstFrames: 5 },
])('frames are lost by $ratio in bursts of $burstFrames on average', async ({ ratio, burstFrames }) => {
  const frames = 100_000;
  const injection = inject(
    {
      async *play() {
        for (let number = 1; number <= frames; number++) yield number;
      },
    },
    { play: { effect: losesFrames({ ratio, burstFrames }) } },
    { clock, traceLimit: 1 },
  );
  let passed = 0;
  let bursts = 0;
  let last = 0;
  for await (const number of injection.port.play()) {
    passed++;
    if (number !== last + 1) bursts++;
    last = number;
  }
  const lost = frames - passed;
  expect(lost / frames / ratio).toBeGreaterThan(0.93);
  expect(lost / frames / ratio).toBeLessThan(1.07);
  expect(lost / bursts / burstFrames).toBeGreaterThan(0.93);
  expect(lost / bursts / burstFrames).toBeLessThan(1.07);
  expect(injection.traceLeftOut).toBe(lost - 1);
});

test.each([100, -100, 250_000])(
  'a clock that drifts by %d parts per million brings as many samples more',
  async (partsPerMillion) => {
    const samples = 1_000_000;
    const { port } = inject(
      {
        async *play() {
          for (let chunk = 0; chunk < samples / 1000; chunk++)
            yield Float32Array.from({ length: 1000 }, (_, at) => at);
        },
      },
      { play: { effect: drifts(partsPerMillion) } },
      { clock },
    );
    let count = 0;
    let jumps = 0;
    for await (const chunk of port.play()) {
      count += chunk.length;
      for (let at = 1; at < chunk.length; at++) {
        const step = (chunk[at] as number) - (chunk[at - 1] as number);
        if (step < 0 || step > 2) jumps++;
      }
    }
    expect(count).toBe(samples + partsPerMillion);
    expect(jumps).toBe(0);
  },
);
