import { seededRandom } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { Bed, Timeline } from './index.ts';

const STRETCH = 441;
const PHRASE = { frames: 44_100, tailFrames: 4410 };

/** Whole waves, so that it goes round without a seam. */
function wave(hz: number, gain: number, frames = 44_100): Float32Array {
  return Float32Array.from({ length: frames }, (_, i) => gain * Math.sin((2 * Math.PI * hz * i) / 44_100));
}

function stereo(samples: Float32Array) {
  return { left: samples, right: samples };
}

/** All that is heard in so many stretches; before each, `before` may do something. */
function hear(timeline: Timeline, stretches: number, before: (stretch: number) => void = () => undefined) {
  const heard = new Float32Array(stretches * STRETCH);
  const flagged: boolean[] = [];
  for (let at = 0; at < stretches; at++) {
    before(at);
    const left = heard.subarray(at * STRETCH, (at + 1) * STRETCH);
    const { concealed, fallback } = timeline.read(left, new Float32Array(STRETCH));
    flagged.push(concealed || fallback);
  }
  return { heard, flagged };
}

function largestStep(samples: Float32Array): number {
  return samples.reduce(
    (most, value, i) => Math.max(most, i === 0 ? 0 : Math.abs(value - (samples[i - 1] ?? 0))),
    0,
  );
}

/** The loudest sample of each tenth of a second. */
function levels(samples: Float32Array): number[] {
  return Array.from({ length: Math.floor(samples.length / 4410) }, (_, at) =>
    Math.max(...samples.subarray(at * 4410, (at + 1) * 4410).map(Math.abs)),
  );
}

describe('the bed', () => {
  it('is heard where a phrase was given up, from fade to fade, and goes on where it was', () => {
    const bed = new Bed();
    const loop = wave(100, 0.2);
    bed.change(stereo(loop));
    const timeline = new Timeline({ bed });
    timeline.open(PHRASE).giveUp();
    timeline.open(PHRASE).giveUp();
    timeline.open(PHRASE).append(0, new Float32Array(48_510), new Float32Array(48_510));
    const { heard, flagged } = hear(timeline, 250);
    const faded = 4410;
    expect(heard.subarray(faded, 88_200)).toEqual(
      Float32Array.from({ length: 88_200 - faded }, (_, i) => loop[(faded + i) % 44_100] as number),
    );
    expect(largestStep(heard)).toBeLessThan(1.05 * largestStep(loop));
    expect(heard.subarray(88_200 + 11_025 + STRETCH)).toEqual(
      new Float32Array(250 * STRETCH - 88_200 - 11_025 - STRETCH),
    );
    expect(flagged.indexOf(false)).toBe(200 + 25);
    expect(flagged.lastIndexOf(true)).toBe(200 + 24);
  });

  it('is heard while a phrase is late, under the end of what there was, and gives way to it', () => {
    const bed = new Bed();
    bed.change(stereo(wave(100, 0.2)));
    const timeline = new Timeline({ bed });
    const music = wave(250, 0.3, 48_510);
    const track = timeline.open(PHRASE);
    track.append(0, music.subarray(0, 8820), music.subarray(0, 8820));
    const { heard } = hear(timeline, 100, (stretch) => {
      if (stretch === 60) track.append(8820, music.subarray(8820), music.subarray(8820));
    });
    expect(Math.min(...levels(heard))).toBeGreaterThan(0.15);
    expect(largestStep(heard)).toBeLessThan(1.1 * (largestStep(wave(100, 0.2)) + largestStep(music)));
    expect(heard.subarray(44_100 - STRETCH)).toEqual(music.subarray(44_100 - STRETCH, 44_100));
  });

  it('fades out before another takes its place', () => {
    const bed = new Bed();
    const [first, second] = [wave(100, 0.2), wave(150, 0.2)];
    bed.change(stereo(first));
    const timeline = new Timeline({ bed });
    const { heard, flagged } = hear(timeline, 200, (stretch) => {
      if (stretch === 100) bed.change(stereo(second));
    });
    expect(largestStep(heard)).toBeLessThan(1.1 * largestStep(second));
    expect(heard.subarray(150 * STRETCH)).toEqual(
      Float32Array.from({ length: 50 * STRETCH }, (_, i) => second[(150 * STRETCH + i) % 44_100] as number),
    );
    expect(flagged).not.toContain(false);
  });

  it('keeps 10,000 phrases from silence and clicks, whichever of them fail or are late; what is not flagged is as composed', () => {
    const random = seededRandom('bed');
    const bed = new Bed();
    const loop = wave(100, 0.2);
    bed.change(stereo(loop));
    const timeline = new Timeline({ bed });
    const phrase = { frames: 4410, tailFrames: 441 };
    // Ends at nothing, and begins there, as a phrase does.
    const music = wave(200, 0.2, 4851).map((value, i) => value * Math.min(1, i / 100, (4851 - i) / 541));
    let largest = 0;
    let last = 0;
    let quiet = 0;
    const late: { append: () => void; at: number }[] = [];
    for (let index = 0; index < 10_000; index++) {
      const track = timeline.open(phrase);
      const fate = random.next();
      if (fate < 0.1) track.giveUp();
      else if (fate < 0.2)
        late.push({
          at: index + 1 + Math.floor(random.next() * 3),
          append: () => track.append(0, music, music),
        });
      else if (fate < 0.3) track.append(0, music.subarray(0, 2000), music.subarray(0, 2000));
      else track.append(0, music, music);
      const { heard, flagged } = hear(timeline, 10);
      for (const one of late.splice(0)) {
        if (one.at <= index) one.append();
        else late.push(one);
      }
      for (const [i, value] of heard.entries()) {
        largest = Math.max(largest, Math.abs(value - last));
        last = value;
        quiet = Math.abs(value) < 0.001 ? quiet + 1 : 0;
        if (quiet > 2000) throw new Error(`silence in phrase ${index}, at ${i}`);
      }
      if (!flagged.includes(true) && index > 0)
        expect(heard.subarray(600)).toEqual(music.subarray(600, 4410));
    }
    expect(largest).toBeLessThan(2 * (largestStep(loop) + largestStep(music)));
  });

  it('of a timeline that has none yet is silence', () => {
    const timeline = new Timeline({ bed: new Bed() });
    timeline.open(PHRASE).giveUp();
    expect(hear(timeline, 50).heard).toEqual(new Float32Array(50 * STRETCH));
  });
});
