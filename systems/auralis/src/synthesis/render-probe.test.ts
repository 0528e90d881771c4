import { SimulatedClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { InMemorySynthesis, scriptedEngine, tone } from '../../test/in-memory-synthesis.ts';
import { type Phrase, testPhrase } from '../composition/index.ts';
import type { AudioBlock } from './engine.ts';
import { createCpuEngine, RenderProbe, type SynthesisEngine, SynthesisPort } from './index.ts';

function probeOf(engine?: SynthesisEngine) {
  const clock = new SimulatedClock();
  const process = new InMemorySynthesis();
  const probe = new RenderProbe({ port: new SynthesisPort(process), clock });
  if (engine !== undefined) process.start(engine);
  const { signal } = new AbortController();
  return { clock, process, look: () => clock.run(probe.look(signal)), probe };
}

test('S2-65: the real engine renders the test phrase: a tenth of a second of one chord, all of it finite', async () => {
  const { look, process } = probeOf(await createCpuEngine());
  await look();
  expect(process.asked).toEqual([testPhrase]);
  const { frames, tailFrames, chords, melody, percussion } = testPhrase;
  expect([frames + tailFrames, chords.length, melody.length, percussion.length]).toEqual([4410, 1, 0, 0]);
});

test.each<[string, (phrase: Phrase) => Iterable<AudioBlock>, string]>([
  ['renders what is no number', (phrase) => tone(phrase, Number.NaN), 'INVALID_AUDIO'],
  ['renders too little', (phrase) => tone(phrase, 0.2, 100), 'INVALID_AUDIO'],
  [
    'throws',
    () => {
      throw new Error('out of voices');
    },
    'SYNTHESIS_FAILED',
  ],
])('S2-65: an engine that %s does not work', async (_what, render, code) => {
  const { look } = probeOf(scriptedEngine(render));
  await expect(look()).rejects.toMatchObject({ code });
});

test('where nobody answers it is over after 0.7 s, and the process is left alone', async () => {
  const { look, clock, process } = probeOf();
  await expect(look()).rejects.toMatchObject({ code: 'TIMED_OUT' });
  expect([clock.monotonicMs(), process.kills]).toEqual([700, 0]);
});

test('a phrase that came within 5 s shows it as well, and nothing is rendered', async () => {
  const { look, probe, clock, process } = probeOf(scriptedEngine((phrase) => tone(phrase, 0.2)));
  probe.rendered();
  await clock.advance(4999);
  await look();
  expect(process.asked).toEqual([]);
  await clock.advance(1);
  await look();
  await look();
  expect(process.asked.length).toBe(1);
});
