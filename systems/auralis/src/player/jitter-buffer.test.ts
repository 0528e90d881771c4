import { encodePcm16, type Frame, frameFlags, measureJoin } from '@sustain/audio';
import { seededRandom } from '@sustain/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JitterBuffer, type JitterBufferOptions } from './jitter-buffer.ts';

const FRAMES = 1764;
const QUANTUM = 128;

/** The tones repeat after so many stream frames; a loss of fewer, or of others than multiples, breaks their phase. */
const PERIOD = 7 * FRAMES;
/** Two tones that never stop, so that any join that is not faded makes a step that they never make. */
const toneAt = (position: number, channel: number) =>
  0.5 * Math.sin((2 * Math.PI * (channel === 0 ? 59 : 79) * position) / PERIOD + 1);
const LARGEST_STEP = 0.5 * ((2 * Math.PI * 79) / PERIOD);

function frameOf(sequence: number, fields: Partial<Frame> = {}): Frame {
  const samplePosition = fields.samplePosition ?? sequence * FRAMES;
  const payload = fields.payload ?? toneFrom(samplePosition % PERIOD);
  return { flags: 0, epoch: 1, sequence, samplePosition, payloadBytes: payload.length, ...fields, payload };
}

const tones = new Map<number, Uint8Array>();

function toneFrom(samplePosition: number): Uint8Array {
  const known = tones.get(samplePosition);
  if (known !== undefined) return known;
  const channels = [0, 1].map((channel) =>
    Float32Array.from({ length: FRAMES }, (_, i) => toneAt(samplePosition + i, channel)),
  );
  const payload = new Uint8Array(FRAMES * 4);
  encodePcm16(channels, 0, FRAMES, payload);
  tones.set(samplePosition, payload);
  return payload;
}

/** A buffer, and what has been heard from it. */
class Listening {
  readonly buffer: JitterBuffer;
  /** Largest step between two neighbouring samples that was heard. */
  largestStep = 0;
  readonly #quantum = [new Float32Array(QUANTUM), new Float32Array(QUANTUM)] as const;
  readonly #last = [0, 0];
  readonly #heardLeft: Float32Array[] = [];
  #dueFrames = 0;

  constructor(options: Partial<JitterBufferOptions> = {}) {
    this.buffer = new JitterBuffer({ sampleRateHz: 44_100, channels: 2, ...options });
  }

  push(from: number, to = from, fields: Partial<Frame> = {}): this {
    for (let sequence = from; sequence <= to; sequence++) this.buffer.push(frameOf(sequence, fields));
    return this;
  }

  pull(durationMs: number): this {
    for (this.#dueFrames += durationMs * 44.1; this.#dueFrames >= QUANTUM; this.#dueFrames -= QUANTUM) {
      this.buffer.pull(this.#quantum);
      this.#heardLeft.push(this.#quantum[0].slice());
      for (const [channel, samples] of this.#quantum.entries()) this.#measureSteps(channel, samples);
    }
    return this;
  }

  get figures() {
    return this.buffer.figures;
  }

  /** All that was heard of the left channel. */
  get left(): number[] {
    return this.#heardLeft.flatMap((samples) => [...samples]);
  }

  #measureSteps(channel: number, samples: Float32Array): void {
    let largest = this.largestStep;
    let last = this.#last[channel] as number;
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i] as number;
      const step = Math.abs(sample - last);
      if (step > largest) largest = step;
      last = sample;
    }
    this.largestStep = largest;
    this.#last[channel] = last;
  }
}

describe('the jitter buffer starts', () => {
  test('when 600 ms are collected, not before', () => {
    const listening = new Listening().push(0, 13).pull(100);
    expect(listening.figures).toMatchObject({
      state: 'buffering',
      bufferedMs: 560,
      underruns: 0,
      concealedMs: 0,
    });
    expect(listening.left.every((sample) => sample === 0)).toBe(true);
    listening.push(14).pull(10);
    expect(listening.figures.state).toBe('playing');
  });

  test('with a fade in, and then plays every sample as it came', () => {
    const listening = new Listening();
    for (let sequence = 0; sequence < 100; sequence++) listening.push(sequence).pull(40);
    const first = listening.left.findIndex((sample) => sample !== 0);
    const played = listening.left.slice(first);
    const afterFade = Math.ceil(44.1 * 20) + 1;
    const errors = played.map((sample, i) => (i < afterFade ? 0 : Math.abs(sample - toneAt(i, 0))));
    expect(errors.reduce((largest, error) => Math.max(largest, error))).toBeLessThan(1 / 32_767);
    expect(listening.figures).toMatchObject({
      framesReceived: 100,
      framesLate: 0,
      framesLost: 0,
      underruns: 0,
    });
    expect(listening.largestStep).toBeLessThan(LARGEST_STEP * 1.1);
  });

  test('in the middle of a stream, wherever it joins', () => {
    const listening = new Listening().push(1000, 1020).pull(100);
    expect(listening.figures).toMatchObject({ state: 'playing', framesLost: 0, concealedMs: 0 });
    expect(listening.figures.samplePosition).toBeGreaterThan(1000 * FRAMES);
  });
});

describe('when the audio runs out', () => {
  test('it fades out before its end, counts one underrun, and collects 100 ms more', () => {
    const listening = new Listening().push(0, 14).pull(1000);
    expect(listening.figures).toMatchObject({
      state: 'buffering',
      underruns: 1,
      prebufferMs: 700,
      framesPlayed: 15,
    });
    expect(listening.figures.concealedMs).toBeCloseTo(400, -1);
    expect(listening.figures.concealing).toBe(true);
    expect(listening.largestStep).toBeLessThan(LARGEST_STEP * 1.2);
  });

  test('it goes on where it was, with a fade in', () => {
    const listening = new Listening().push(0, 14).pull(1000).push(15, 40).pull(500);
    expect(listening.figures).toMatchObject({
      state: 'playing',
      underruns: 1,
      framesLost: 0,
      concealing: false,
    });
    expect(listening.largestStep).toBeLessThan(LARGEST_STEP * 1.2);
    expect(measureJoin([Float32Array.from(listening.left)], 600 * 44.1).ratio).toBeLessThan(2);
  });

  test('nothing is counted before the start, nor after the end that the sender announced', () => {
    const silent = new Listening().pull(5000);
    expect(silent.figures).toMatchObject({
      underruns: 0,
      concealedMs: 0,
      state: 'buffering',
      concealing: false,
    });
    const ended = new Listening().push(0, 14).push(15, 15, { flags: frameFlags.end }).pull(2000);
    expect(ended.figures).toMatchObject({ underruns: 0, concealedMs: 0, state: 'ended', framesPlayed: 16 });
    expect(ended.largestStep).toBeLessThan(LARGEST_STEP * 1.2);
  });

  test('a stream that ends with an empty frame ends, and another epoch starts it again', () => {
    const none = { payload: new Uint8Array(0), payloadBytes: 0 };
    const listening = new Listening()
      .push(0, 3)
      .push(4, 4, { ...none, flags: frameFlags.end })
      .pull(500);
    expect(listening.figures).toMatchObject({ state: 'ended', underruns: 0, framesPlayed: 4 });
    listening.push(0, 20, { epoch: 2 }).pull(300);
    expect(listening.figures).toMatchObject({ state: 'playing', underruns: 0 });
  });
});

describe('how much it collects', () => {
  test('shrinks while it plays without an underrun', () => {
    const listening = new Listening();
    for (let sequence = 0; sequence < 31 * 25; sequence++) listening.push(sequence).pull(40);
    expect(listening.figures).toMatchObject({ prebufferMs: 580, underruns: 0 });
  });
});

describe('a gap in the stream', () => {
  test('is as long as the stream says, between two fades', () => {
    const listening = new Listening().push(0, 19).push(23, 40).pull(1300);
    expect(listening.figures).toMatchObject({ framesLost: 3, underruns: 0 });
    expect(listening.figures.concealedMs).toBeCloseTo(120, 5);
    expect(listening.left.slice(20 * FRAMES, 23 * FRAMES).every((sample) => sample === 0)).toBe(true);
    const after = 23 * FRAMES + 1000;
    expect(listening.left[after]).toBeCloseTo(toneAt(after, 0), 3);
    expect(listening.largestStep).toBeLessThan(LARGEST_STEP * 1.2);
  });

  test('longer than the longest buffer is jumped', () => {
    const listening = new Listening().push(0, 15).push(1020, 1035).pull(1200);
    expect(listening.figures).toMatchObject({ framesLost: 1004, underruns: 0, concealedMs: 0 });
    expect(listening.largestStep).toBeLessThan(LARGEST_STEP * 1.2);
  });

  test('that has passed while the buffer was empty is not waited for again', () => {
    const listening = new Listening().push(0, 14).pull(1600).push(40, 60);
    const before = listening.left.length;
    listening.pull(200);
    expect(listening.figures.state).toBe('playing');
    expect(listening.left.slice(before + 882).some((sample) => sample !== 0)).toBe(true);
  });

  test('is faded also where only the sender knows of it', () => {
    // The positions continue, but the samples do not.
    const listening = new Listening().push(0, 19);
    for (let sequence = 20; sequence < 40; sequence++) {
      const { payload } = frameOf(sequence + 500);
      listening.push(sequence, sequence, { payload, flags: sequence === 20 ? frameFlags.discontinuity : 0 });
    }
    listening.pull(1500);
    expect(listening.figures).toMatchObject({ framesLost: 0, concealedMs: 0 });
    expect(listening.largestStep).toBeLessThan(LARGEST_STEP * 1.2);
  });

  test('between two epochs is never joined silently', () => {
    const listening = new Listening().push(0, 19).push(500, 520, { epoch: 2, samplePosition: 7 }).pull(100);
    expect(listening.figures.framesReceived).toBe(21);
    listening.pull(1400);
    expect(listening.largestStep).toBeLessThan(LARGEST_STEP * 1.2);
  });
});

describe('frames that come twice or late', () => {
  test('are dropped, and the audio is the same without them', () => {
    const plain = new Listening().push(0, 30).pull(1000);
    const doubled = new Listening().push(0, 20).push(3, 20).push(0, 30).pull(1000);
    expect(doubled.left).toEqual(plain.left);
    expect(doubled.figures).toMatchObject({ framesReceived: 31, framesLate: 39 });
  });

  test('of a gap that is already concealed stay out', () => {
    const listening = new Listening().push(0, 19).push(21, 40).push(20).pull(1300);
    expect(listening.figures).toMatchObject({ framesLost: 1, framesLate: 1 });
    expect(listening.figures.concealedMs).toBeCloseTo(40, 5);
  });
});

describe('a buffer that lags behind', () => {
  test('by more than a second jumps forward, with a fade', () => {
    const listening = new Listening().push(0, 39).pull(200);
    expect(listening.figures.bufferedMs).toBeGreaterThan(1300);
    listening.push(40, 55).pull(100);
    expect(listening.figures.bufferedMs).toBeLessThan(601);
    expect(listening.figures).toMatchObject({ state: 'playing', underruns: 0 });
    listening.pull(300);
    expect(listening.largestStep).toBeLessThan(LARGEST_STEP * 1.2);
  });

  test('after the machine slept through minutes of audio plays on at the live end', () => {
    const listening = new Listening().push(0, 20).pull(400).push(21, 700);
    for (let sequence = 701; sequence <= 800; sequence++) listening.push(sequence).pull(40);
    expect(listening.figures).toMatchObject({ state: 'playing', underruns: 0 });
    expect(listening.figures.samplePosition).toBeGreaterThan(760 * FRAMES);
    expect(listening.largestStep).toBeLessThan(LARGEST_STEP * 1.2);
  });
});

describe('what the sender says of a frame', () => {
  test('is known while it is heard', () => {
    const listening = new Listening();
    listening
      .push(0, 9)
      .push(10, 19, { flags: frameFlags.fallback })
      .push(20, 29, { flags: frameFlags.concealed });
    listening.pull(200);
    expect(listening.figures).toMatchObject({ fallback: false, concealing: false });
    listening.pull(400);
    expect(listening.figures).toMatchObject({ fallback: true, concealing: false });
    listening.pull(400);
    expect(listening.figures).toMatchObject({ fallback: false, concealing: true });
    listening.push(30, 39).pull(400);
    expect(listening.figures.concealedMs).toBeCloseTo(400, 5);
  });
});

describe('what was disturbed', () => {
  test('counts as degraded until 3 s have been played as they were composed', () => {
    const listening = new Listening().push(0, 19).pull(500);
    expect(listening.figures.degraded).toBe(false);
    listening.push(20, 29, { flags: frameFlags.fallback }).push(30, 35).pull(700);
    expect(listening.figures).toMatchObject({ fallback: true, degraded: true });
    for (let sequence = 36; sequence <= 98; sequence++) listening.push(sequence).pull(40);
    expect(listening.figures).toMatchObject({ fallback: false, degraded: true });
    for (let sequence = 99; sequence <= 130; sequence++) listening.push(sequence).pull(40);
    expect(listening.figures.degraded).toBe(false);
  });

  test('is degraded while the audio has run out, and not before any was heard', () => {
    expect(new Listening().pull(1000).figures.degraded).toBe(false);
    expect(new Listening().push(0, 19).pull(2000).figures.degraded).toBe(true);
  });

  test('is told apart: what was jumped over came, and was not heard', () => {
    const listening = new Listening().push(0, 39).pull(200).push(40, 55).pull(100);
    const { samplePosition, skippedMs } = listening.figures;
    const pulledFrames = Math.floor((300 * 44.1) / QUANTUM) * QUANTUM;
    expect(samplePosition - pulledFrames).toBe(Math.round(skippedMs * 44.1));
    expect(skippedMs).toBeGreaterThan(1000);
  });
});

describe('whatever the network does', () => {
  const event = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constant('arrive' as const), count: fc.integer({ min: 1, max: 30 }) }),
    },
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constant('play' as const), count: fc.integer({ min: 1, max: 30 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('lose' as const), count: fc.integer({ min: 1, max: 80 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('repeat' as const), count: fc.integer({ min: 1, max: 30 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('restart' as const), count: fc.integer({ min: 0, max: 9 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), count: fc.constant(0) }) },
  );

  test('it never clicks, never stalls and never miscounts', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const listening = new Listening();
        let epoch = 1;
        let sequence = 0;
        for (const { kind, count } of events) {
          if (kind === 'arrive') {
            listening.push(sequence, sequence + count - 1, { epoch });
            sequence += count;
          } else if (kind === 'play') listening.pull(count * 20);
          else if (kind === 'lose') sequence += count;
          else if (kind === 'repeat') listening.push(Math.max(0, sequence - count), sequence - 1, { epoch });
          else if (kind === 'end') listening.push(sequence, sequence++, { epoch, flags: frameFlags.end });
          else {
            epoch++;
            sequence = count;
          }
        }
        const { framesPlayed, framesReceived, prebufferMs } = listening.figures;
        expect(framesPlayed).toBeLessThanOrEqual(framesReceived);
        expect(prebufferMs).toBeGreaterThanOrEqual(300);
        expect(prebufferMs).toBeLessThanOrEqual(2000);
        expect(listening.largestStep).toBeLessThan(LARGEST_STEP * 1.2);
      }),
      { seed: 2, numRuns: 60 },
    );
  });

  test('two minutes of a jittery network are heard nearly whole', () => {
    const random = seededRandom('a jittery network');
    const listening = new Listening();
    // Frames come in bunches, up to 400 ms late, never out of order, as over TCP.
    let waiting = 0;
    let sequence = 0;
    for (let tick = 0; tick < 3000; tick++) {
      waiting++;
      if (waiting > 9 || random.next() < 0.3) {
        listening.push(sequence, sequence + waiting - 1);
        sequence += waiting;
        waiting = 0;
      }
      listening.pull(40);
    }
    const { underruns, framesPlayed, concealedMs, framesLost } = listening.figures;
    expect({ underruns, framesLost }).toEqual({ underruns: 0, framesLost: 0 });
    expect(framesPlayed).toBeGreaterThan(2900);
    expect(concealedMs).toBe(0);
  });

  test('an output with too few channels gets silence instead of a hang', () => {
    const listening = new Listening().push(0, 20);
    const mono = new Float32Array(QUANTUM).fill(1);
    listening.buffer.pull([mono]);
    expect(mono.every((sample) => sample === 0)).toBe(true);
    listening.buffer.pull([]);
  });
});
