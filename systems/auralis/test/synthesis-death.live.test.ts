import { encodePcm16, measureJoin, rms, toDbfs } from '@sustain/audio';
import { slowness } from '@sustain/drills/load';
import { seededRandom, systemClock } from '@sustain/kernel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createComposer, defaultParameters } from '../src/composition/index.ts';
import { type RunningAuralis, runAuralis } from '../src/drills/running-auralis.ts';
import { musicSeed, synthesisReady } from '../src/index.ts';
import { renderOffline } from '../src/render-offline.ts';
import { createCpuEngine } from '../src/synthesis/index.ts';
import { type HeardFrame, RecordingListener } from './recording-listener.ts';

const SEED = 'the death of the synthesiser';
const FRAMES = 1764;

describe('Auralis plays through the death of its synthesiser', () => {
  let auralis: RunningAuralis;
  beforeEach(async () => {
    auralis = await runAuralis(SEED);
  });
  afterEach(() => auralis.stop());

  async function listenToSome(): Promise<RecordingListener> {
    const listener = await RecordingListener.connect(auralis.url);
    await listener.until(({ frames }) => frames.length > 100);
    return listener;
  }

  test('killed every 2 s for 20 s, it is back within 1 s and not one sample is lost', async () => {
    const listener = await RecordingListener.connect(auralis.url);
    const backAfterMs: number[] = [];
    for (let kill = 0; kill < 10; kill++) {
      await systemClock.sleep(2000 - (backAfterMs.at(-1) ?? 0));
      const killedMs = systemClock.monotonicMs();
      const ready = auralis.next(synthesisReady);
      process.kill(auralis.synthesisPid(), 'SIGKILL');
      await ready;
      backAfterMs.push(systemClock.monotonicMs() - killedMs);
    }
    await systemClock.sleep(2000);
    const frames = listener.stop();

    report(frames, `back after ${Math.max(...backAfterMs).toFixed(0)} ms at most`);
    expect(frames.length).toBeGreaterThan(500);
    expect(Math.max(...backAfterMs)).toBeLessThan(1000 * slowness());
    expect(frames.filter(isIntact).length).toBeGreaterThan(0.9 * frames.length);
    expect(toDbfs(rms(frames.map((frame) => frame.left)))).toBeGreaterThan(-40);
    expectEverySampleOnce(frames);
    await expectUndisturbedWhereUnflagged(frames);
    await expectNoClicks(frames);
  });

  test('killed as often as it comes up, it leaves a gap that is faded out and in', async () => {
    const listener = await listenToSome();
    const stopKilling = auralis.signals.on(synthesisReady, () => {
      process.kill(auralis.synthesisPid(), 'SIGKILL');
    });
    process.kill(auralis.synthesisPid(), 'SIGKILL');
    await listener.until(({ frames }) => frames.some((frame) => frame.concealed || frame.fallback));
    stopKilling();
    const gapAt = listener.frames.length;
    await listener.until(({ frames }) => frames.slice(gapAt).filter(isIntact).length > 100);
    const frames = listener.stop();

    report(listener.frames, `${frames.findIndex((frame) => !isIntact(frame))} frames before the gap`);
    expectEverySampleOnce(frames);
    await expectUndisturbedWhereUnflagged(frames);
    await expectNoClicks(frames);
  });

  test('a synthesiser that hangs is killed, and the music goes on', async () => {
    const listener = await listenToSome();
    const ready = auralis.next(synthesisReady);
    process.kill(auralis.synthesisPid(), 'SIGSTOP');
    await ready;
    const backAt = listener.frames.length;
    await listener.until(({ frames }) => frames.slice(backAt).filter(isIntact).length > 100);
    const frames = listener.stop();

    report(frames, 'hung once');
    expect(frames.filter((frame) => frame.fallback)).toEqual([]);
    expectEverySampleOnce(frames);
    await expectUndisturbedWhereUnflagged(frames);
    await expectNoClicks(frames);
  });
});

function isIntact(frame: HeardFrame): boolean {
  return !frame.concealed && !frame.fallback;
}

function report(frames: readonly HeardFrame[], what: string): void {
  const flagged = frames.filter((frame) => !isIntact(frame)).length;
  process.stdout.write(`  ${frames.length} frames of 40 ms heard, ${flagged} of them flagged; ${what}\n`);
}

function expectEverySampleOnce(frames: readonly HeardFrame[]): void {
  const first = frames[0] as HeardFrame;
  expect(frames.map((frame) => frame.sequence)).toEqual(frames.map((_, i) => first.sequence + i));
  expect(frames.map((frame) => frame.samplePosition)).toEqual(
    frames.map((_, i) => first.samplePosition + i * FRAMES),
  );
  expect(new Set(frames.map((frame) => frame.epoch)).size).toBe(1);
}

async function expectUndisturbedWhereUnflagged(frames: readonly HeardFrame[]): Promise<void> {
  const undisturbed = await renderUndisturbed(frames);
  const expected = new Uint8Array(FRAMES * 4);
  const differing = frames.filter((frame) => {
    encodePcm16(undisturbed, frame.samplePosition, FRAMES, expected);
    return isIntact(frame) && Buffer.compare(expected, frame.payload) !== 0;
  });
  expect(differing.map((frame) => frame.sequence)).toEqual([]);
}

/**
 * Looks for clicks every 8 sample frames of what was flagged, and of a frame before and after it. Where the
 * undisturbed music has a step of its own (a bell, a drum), that is what is allowed.
 */
async function expectNoClicks(frames: readonly HeardFrame[]): Promise<void> {
  const undisturbed = await renderUndisturbed(frames);
  const from = (frames[0] as HeardFrame).samplePosition;
  const heard = [
    concatenate(frames.map((frame) => frame.left)),
    concatenate(frames.map((frame) => frame.right)),
  ];
  const music = undisturbed.map((samples) => samples.subarray(from));
  const clicks: { atSample: number; ratio: number; musicRatio: number }[] = [];
  let worst = 0;
  frames.forEach((_frame, i) => {
    const near = frames.slice(Math.max(0, i - 1), i + 2);
    if (near.every(isIntact)) return;
    for (let at = i * FRAMES; at < (i + 1) * FRAMES; at += 8) {
      const { ratio } = measureJoin(heard, at);
      const { ratio: musicRatio } = measureJoin(music, at);
      if (ratio <= musicRatio) continue;
      worst = Math.max(worst, ratio);
      if (ratio > 2) clicks.push({ atSample: from + at, ratio, musicRatio });
    }
  });
  process.stdout.write(`  worst step at a join: ${worst.toFixed(2)} times its surroundings\n`);
  expect(clicks).toEqual([]);
}

async function renderUndisturbed(frames: readonly HeardFrame[]): Promise<[Float32Array, Float32Array]> {
  const composer = createComposer({ seed: musicSeed(seededRandom(SEED)), parameters: defaultParameters });
  const last = frames.at(-1) as HeardFrame;
  return renderOffline(composer, await createCpuEngine(), last.samplePosition + FRAMES);
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
