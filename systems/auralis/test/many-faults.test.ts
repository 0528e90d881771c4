import { type Random, Signals, SimulatedClock, seededRandom } from '@sustain/kernel';
import { ServiceHealth } from '@sustain/ops/health';
import { expect, it } from 'vitest';
import {
  type Composer,
  createComposer,
  defaultParameters,
  GuardedComposer,
  type Phrase,
  qualities,
} from '../src/composition/index.ts';
import { MusicRenderer } from '../src/music-renderer.ts';
import { SynthesisRecovery } from '../src/recovery.ts';
import { Bed, FRAME_FRAMES, FRAME_MS, Producer, pace, Timeline } from '../src/streaming/index.ts';
import { type AudioBlock, EngineLadder, PhraseRenderer, SynthesisPort } from '../src/synthesis/index.ts';
import { InMemorySynthesis, scriptedEngine } from './in-memory-synthesis.ts';

/** The long form takes a minute. */
const FAULTS = process.env['SUSTAIN_TEST_LONG'] === undefined ? 2000 : 10_000;

it(`${FAULTS} faults of synthesis and composition make no click and no silence, and what is not flagged is as composed`, async () => {
  const random = seededRandom('many faults');
  const studio = new FaultyStudio(random);
  const ear = new Ear(studio);
  await studio.play(
    () => ear.hear(),
    () => studio.faults < FAULTS,
  );
  ear.expectAllIsWell();
  process.stdout.write(
    `  ${studio.faults} faults in ${(ear.heardFrames / 44_100 / 60).toFixed(0)} min of music: ${JSON.stringify(studio.kinds)}\n` +
      `  outcomes ${JSON.stringify(studio.outcomes)}; largest step ${ear.largestStep.toFixed(4)}, longest silence ${ear.longestSilence} sample frames\n`,
  );
}, 300_000);

/** Auralis without processes and sockets, in simulated time, in which something fails in most phrases. */
class FaultyStudio {
  readonly clock = new SimulatedClock();
  readonly bed = new Bed();
  readonly timeline = new Timeline({ bed: this.bed });
  /** As composed, by where each begins. */
  readonly composed: { readonly startFrame: number; readonly phrase: Phrase }[] = [];
  readonly kinds: Record<string, number> = {};
  readonly outcomes: Record<string, number> = {};
  faults = 0;
  readonly #random: Random;
  readonly #synthesis = new InMemorySynthesis();
  readonly #signals = new Signals({ clock: this.clock });
  readonly #port = new SynthesisPort(this.#synthesis);
  #quality: (typeof qualities)[number] = 'normal';

  constructor(random: Random) {
    this.#random = random;
    const loop = wave(220, 13 * 44_100).map((value) => 0.5 * value);
    this.bed.change({ left: loop, right: loop });
    this.#synthesis.onDown(() => void this.#comeUp());
  }

  /** Until `goesOn` says no; `onFrame` is called when time has moved on by a frame. */
  async play(onFrame: () => void, goesOn: () => boolean): Promise<void> {
    const { clock, bed, timeline } = this;
    const controller = new AbortController();
    const { signal } = controller;
    const renderer = new PhraseRenderer({ port: this.#port, clock });
    const render = (job: Parameters<PhraseRenderer['render']>[0]) => renderer.render(job);
    const engines = new EngineLadder({
      best: 'simple',
      probe: async () => true,
      clock,
      signals: this.#signals,
    });
    const music = new MusicRenderer({
      ...{ render, bed, clock, engines, signals: this.#signals },
      recovery: new SynthesisRecovery({
        ...{ render, bed, clock, signals: this.#signals },
        leaveEngine: () => this.#synthesis.die(),
      }),
      quality: () => this.#quality,
      useEngine: () => undefined,
      onRendered: () => undefined,
      onPhrase: () => undefined,
      hasLoop: () => true,
      phrases: new ServiceHealth({ name: 'phrases', clock }),
    });
    const composer = this.#composer();
    const producer = new Producer({
      ...{ composer, timeline, clock },
      render: async (phrase, track, on) => {
        this.composed.push({ startFrame: track.startFrame, phrase });
        await music.render({ phrase, track, signal: on });
      },
    });
    this.#signals.onAny(({ type, data }) => {
      if (type !== 'auralis.phrase.rendered') return;
      const { outcome } = data as { readonly outcome: string };
      this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
    });
    void this.#comeUp();
    const producing = producer.run(signal);
    await clock.run(producer.begun);
    const beating = pace(onFrame, FRAME_MS, { clock, signal });
    while (goesOn()) {
      if (this.#random.next() < 0.02)
        composer.update({ tempoBpm: 100 + Math.floor(40 * this.#random.next()) });
      if (this.#random.next() < 0.05)
        this.#quality =
          this.#random.next() < 0.7 ? 'normal' : (qualities[Math.floor(4 * this.#random.next())] ?? 'normal');
      if (this.#synthesis.up && this.#random.next() < 0.6) this.#fault('killed', () => this.#synthesis.die());
      await clock.advance(500);
    }
    controller.abort();
    await Promise.all([producing, beating]);
    await engines.close();
  }

  #composer(): Composer {
    return new GuardedComposer({
      parameters: { ...defaultParameters, tempoBpm: 140 },
      begin: (firstIndex, parameters) => {
        const composer = createComposer({ seed: 1, parameters, firstIndex });
        const next = composer.next.bind(composer);
        composer.next = () => {
          // A short tail: half of the work.
          const phrase = { ...next(), tailFrames: 11_025 };
          const fate = this.#random.next();
          if (phrase.index === 0 || fate > 0.3) return phrase;
          if (fate < 0.1) return this.#fault('composer throws', () => raise('no idea'));
          if (fate < 0.2) return this.#fault('phrase without length', () => ({ ...phrase, frames: 0 }));
          return this.#fault('impossible chords', () => ({ ...phrase, chords: [] }));
        };
        return composer;
      },
      onRescue: () => undefined,
    });
  }

  /** A process comes up after some time, and its engine does to each phrase what chance wants. */
  async #comeUp(): Promise<void> {
    await this.clock.sleep(50 + 300 * this.#random.next());
    if (this.#synthesis.up) return;
    this.#synthesis.start(scriptedEngine((phrase) => this.#render(phrase)));
  }

  *#render(phrase: Phrase): Generator<AudioBlock> {
    const [what, spoil] = this.#misfortune();
    const samples = soundOf(phrase);
    const breaksAt = Math.floor(this.#random.next() * 10);
    let block = 0;
    for (let offset = 0; offset < samples.length; offset += 32_768) {
      const left = samples.slice(offset, offset + 32_768);
      if (block++ === breaksAt && what !== undefined) this.#fault(what, () => spoil(left));
      yield { left, right: left };
    }
  }

  #misfortune(): readonly [string | undefined, (samples: Float32Array) => void] {
    const misfortunes: readonly (readonly [string, (samples: Float32Array) => void])[] = [
      ['throws', () => raise('out of voices')],
      ['lost', () => raise('device lost', 'GpuError')],
      ['not a number', (samples) => samples.fill(Number.NaN, 7, 8)],
      ['infinite', (samples) => samples.fill(Number.NEGATIVE_INFINITY, 7, 8)],
      ['too loud', (samples) => samples.fill(2.5, 7, 8)],
      ['dies', () => this.#synthesis.die()],
      ['talks nonsense', () => this.#synthesis.say({ type: 'dance' } as never)],
    ];
    const fate = this.#random.next();
    if (fate > 0.8) return [undefined, () => undefined];
    return misfortunes[Math.floor((fate / 0.8) * misfortunes.length)] ?? [undefined, () => undefined];
  }

  #fault<T>(kind: string, does: () => T): T {
    this.faults++;
    this.kinds[kind] = (this.kinds[kind] ?? 0) + 1;
    return does();
  }
}

/** Hears every frame, and measures it. */
class Ear {
  heardFrames = 0;
  largestStep = 0;
  longestSilence = 0;
  readonly #studio: FaultyStudio;
  readonly #left = new Float32Array(FRAME_FRAMES);
  readonly #right = new Float32Array(FRAME_FRAMES);
  #last = 0;
  #silence = 0;
  #differing = 0;
  #unflagged = 0;

  constructor(studio: FaultyStudio) {
    this.#studio = studio;
  }

  hear(): void {
    const { timeline, composed } = this.#studio;
    const fromFrame = timeline.positionFrame;
    const { concealed, fallback } = timeline.read(this.#left, this.#right);
    let { largestStep, longestSilence } = this;
    let [last, silence] = [this.#last, this.#silence];
    for (let i = 0; i < FRAME_FRAMES; i++) {
      const value = this.#left[i] as number;
      const step = Math.abs(value - last);
      if (!(step <= largestStep)) largestStep = step;
      last = value;
      silence = Math.abs(value) < 1e-4 ? silence + 1 : 0;
      if (silence > longestSilence) longestSilence = silence;
    }
    Object.assign(this, { largestStep, longestSilence });
    [this.#last, this.#silence] = [last, silence];
    this.heardFrames += this.#left.length;
    if (!concealed && !fallback) this.#compare(fromFrame);
    while ((composed[1]?.startFrame ?? fromFrame) < fromFrame - 10 * 44_100) composed.shift();
  }

  #compare(fromFrame: number): void {
    this.#unflagged++;
    const expected = new Float32Array(FRAME_FRAMES);
    for (const { startFrame, phrase } of this.#studio.composed) {
      if (startFrame > fromFrame + FRAME_FRAMES || startFrame + phrase.frames + phrase.tailFrames < fromFrame)
        continue;
      const samples = soundOf(phrase);
      for (let i = 0; i < FRAME_FRAMES; i++)
        expected[i] = (expected[i] as number) + (samples[fromFrame + i - startFrame] ?? 0);
    }
    if (this.#left.some((value, i) => Math.abs(value - (expected[i] as number)) > 1e-6)) this.#differing++;
  }

  expectAllIsWell(): void {
    expect(this.#unflagged).toBeGreaterThan(1000);
    expect(this.#differing).toBe(0);
    // Three phrases and the bed at once, of which each has steps of its own.
    expect(this.largestStep).toBeLessThan(3 * STEP + 0.5 * STEP);
    expect(this.longestSilence).toBeLessThan(1000);
  }
}

/** A soft tone, another one for each phrase, whose tail dies away. */
function soundOf(phrase: Phrase): Float32Array {
  const known = sounds.get(phrase.seed);
  const total = phrase.frames + phrase.tailFrames;
  if (known?.length === total) return known;
  const tone = wave(100 + (phrase.seed % 200), total);
  for (let i = 0; i < total; i++) {
    const attack = Math.min(1, i / 2205);
    const decay = i < phrase.frames ? 1 : 1 - (i - phrase.frames) / phrase.tailFrames;
    tone[i] = (tone[i] as number) * attack * decay * decay;
  }
  sounds.set(phrase.seed, tone);
  if (sounds.size > 20) sounds.delete(sounds.keys().next().value as number);
  return tone;
}

const sounds = new Map<number, Float32Array>();
const TABLE = Float32Array.from({ length: 44_100 }, (_, i) => 0.1 * Math.sin((2 * Math.PI * i) / 44_100));
/** Of a tone of 300 Hz, from sample to sample. */
const STEP = (0.1 * 2 * Math.PI * 300) / 44_100;

function wave(hz: number, frames: number): Float32Array {
  const samples = new Float32Array(frames);
  for (let i = 0, at = 0; i < frames; i++) {
    samples[i] = TABLE[at] as number;
    at = (at + hz) % 44_100;
  }
  return samples;
}

function raise(reason: string, name = 'Error'): never {
  throw Object.assign(new Error(reason), { name });
}
