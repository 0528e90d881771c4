import process from 'node:process';
import {
  createComposer,
  defaultParameters,
  type Phrase,
} from '../../systems/auralis/src/composition/index.ts';
import { createCpuEngine } from '../../systems/auralis/src/synthesis/index.ts';
import type { BenchCase } from '../bench-case.ts';
import { gpuBatch } from '../engines/gpu-batch.ts';

type CpuEngine = Awaited<ReturnType<typeof createCpuEngine>>;

/** Auralis' synthesis engines: how much audio they make of a second. */
export const cases: readonly BenchCase[] = [
  {
    name: 'cpu',
    unit: 'audio-s/cpu-s',
    better: 'higher',
    run: async () => ({ value: await measure(await createCpuEngine()), rival: 'realtime', rivalValue: 1 }),
  },
  gpuBatch,
];

const FULL_PAD_VOICES = 8;
const ROUNDS = 7;
const ROUND_AUDIO_S = 24;

/**
 * Seconds of music per CPU second at full intensity. Tails are rendered but not counted: they lie under the phrases
 * that follow. The best of several rounds after a first one, for what else the machine does only slows down.
 */
async function measure(engine: CpuEngine): Promise<number> {
  const composer = createComposer({ seed: 1, parameters: { ...defaultParameters, intensity: 1 } });
  let best = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const phrases = composeSeconds(() => composer.next(), ROUND_AUDIO_S);
    const startUsage = process.cpuUsage();
    for (const phrase of phrases) render(engine, phrase);
    const { user, system } = process.cpuUsage(startUsage);
    const audioS = phrases.reduce((sum, { frames }) => sum + frames, 0) / engine.sampleRateHz;
    if (round > 0) best = Math.max(best, audioS / ((user + system) / 1e6));
    // V8 compiles in the background; let it finish with what it has seen so far.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return best;
}

function composeSeconds(next: () => Phrase, seconds: number): Phrase[] {
  const phrases: Phrase[] = [];
  for (let frames = 0; frames < seconds * 44_100; frames += phrases.at(-1)?.frames ?? 0) phrases.push(next());
  return phrases;
}

/** Renders a phrase whole, and proves that nothing was left out to be fast. */
function render(engine: CpuEngine, phrase: Phrase): void {
  let frames = 0;
  for (const { left } of engine.render(phrase)) frames += left.length;
  const { pad } = engine.peakVoices();
  const complete = frames === phrase.frames + phrase.tailFrames && engine.unheardEvents() === 0;
  if (pad === FULL_PAD_VOICES && complete) return;
  throw new Error(
    `not the full patch: ${pad} pad voices, ${engine.unheardEvents()} events left out, ${frames} frames`,
  );
}
