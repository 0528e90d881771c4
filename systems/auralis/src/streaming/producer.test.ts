import { SimulatedClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { createComposer, defaultParameters, type Phrase } from '../composition/index.ts';
import type { PhraseTrack } from './phrase-track.ts';
import { Producer } from './producer.ts';
import { Timeline } from './timeline.ts';

/** A producer on simulated time whose renders take as long as `renderMs` says. */
function setUp(renderMs: (phrase: Phrase) => number = () => 50) {
  const clock = new SimulatedClock();
  const timeline = new Timeline();
  const rendered: number[] = [];
  let mostAheadSeconds = 0;
  const render = async (phrase: Phrase, track: PhraseTrack, signal: AbortSignal) => {
    mostAheadSeconds = Math.max(mostAheadSeconds, (timeline.endFrame - timeline.positionFrame) / 44_100);
    await clock.sleep(renderMs(phrase), { signal });
    const samples = new Float32Array(phrase.frames + phrase.tailFrames).fill(0.1);
    track.append(0, samples, samples);
    rendered.push(phrase.index);
  };
  const composer = createComposer({ seed: 1, parameters: defaultParameters });
  const producer = new Producer({ composer, timeline, render, clock });
  const [left, right] = [new Float32Array(1764), new Float32Array(1764)];
  /** Plays for so long, a frame every 40 ms; answers how many frames were concealed or fallback. */
  const play = async (seconds: number) => {
    let flagged = 0;
    for (let frame = 0; frame < seconds * 25; frame++) {
      const { concealed, fallback } = timeline.read(left, right);
      if (concealed || fallback) flagged++;
      await clock.advance(40);
    }
    return flagged;
  };
  return { clock, timeline, producer, rendered, play, mostAheadSeconds: () => mostAheadSeconds };
}

test('the first phrase is awaited, and then one is held ahead of the one that sounds', async () => {
  const { clock, timeline, producer, rendered, play, mostAheadSeconds } = setUp();
  const controller = new AbortController();
  const running = producer.run(controller.signal);
  await clock.run(producer.begun);
  expect(rendered).toEqual([0]);
  await clock.advance(1000);
  expect(rendered).toEqual([0, 1]);
  expect(await play(60)).toBe(0);
  expect(rendered).toEqual(rendered.map((_, i) => i));
  expect(mostAheadSeconds()).toBeLessThanOrEqual(7);
  expect(timeline.bufferedFrames).toBeGreaterThan(2 * 44_100);
  controller.abort();
  await running;
  expect(clock.waitingTimers).toBe(0);
});

test('a run after one that was ended finishes the phrase it was at, and nothing of it is lost', async () => {
  const { clock, producer, rendered, play, mostAheadSeconds } = setUp(() => 500);
  for (let run = 0; run < 10; run++) {
    const controller = new AbortController();
    const running = producer.run(controller.signal);
    await clock.run(producer.begun);
    await play(3.3);
    controller.abort();
    await running;
  }
  const controller = new AbortController();
  const running = producer.run(controller.signal);
  await clock.advance(2000);
  expect(await play(10)).toBe(0);
  expect(rendered).toEqual(rendered.map((_, i) => i));
  expect(mostAheadSeconds()).toBeLessThanOrEqual(7);
  controller.abort();
  await running;
});

test('after an outage it goes on in time: phrases that have passed are not rendered', async () => {
  const { clock, producer, rendered, play } = setUp((phrase) => (phrase.index === 3 ? 120_000 : 50));
  const controller = new AbortController();
  const running = producer.run(controller.signal);
  await clock.run(producer.begun);
  expect(await play(120)).toBeGreaterThan(2000);
  await play(10);
  const during = rendered.length;
  expect(await play(20)).toBe(0);
  expect(during).toBeLessThan(12);
  controller.abort();
  await running;
});
