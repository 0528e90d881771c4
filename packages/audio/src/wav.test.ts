import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { audioFaults } from './faults.ts';
import type { WavEncoding } from './wav-format.ts';
import { readWav } from './wav-reader.ts';
import { wavHeader, writeWav } from './wav-writer.ts';

const stereo = [Float32Array.of(0, 0.5, -1), Float32Array.of(1, -0.25, 0)];

/** A WAV file with the given chunks, each `[tag, bytes, announced size]`. */
function fileOf(...chunks: readonly (readonly [string, Uint8Array, number?])[]): Uint8Array {
  const parts: number[] = [...ascii('RIFF'), ...u32(0), ...ascii('WAVE')];
  for (const [name, bytes, announced = bytes.length] of chunks) {
    parts.push(...ascii(name), ...u32(announced), ...bytes, ...(bytes.length % 2 === 1 ? [0] : []));
  }
  return Uint8Array.from(parts);
}

const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
const u32 = (value: number) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
const u16 = (value: number) => [value & 0xff, value >>> 8];

function format(tag: number, channels: number, bits: number, rest: readonly number[] = []): Uint8Array {
  const frameBytes = (channels * bits) / 8;
  return Uint8Array.from([
    ...u16(tag),
    ...u16(channels),
    ...u32(44_100),
    ...u32(44_100 * frameBytes),
    ...u16(frameBytes),
    ...u16(bits),
    ...rest,
  ]);
}

const pcmMono = format(1, 1, 16);
const twoSamples = Uint8Array.of(0xff, 0x7f, 0x01, 0x80);

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('expected it to throw');
}

describe('a WAV file', () => {
  test('in floats comes back bit for bit, NaN and beyond full scale included', () => {
    const samples = fc.array(fc.float({ noDefaultInfinity: false }), { maxLength: 30 });
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 4 }), (values, count) => {
        const channels = Array.from({ length: count }, (_, i) =>
          Float32Array.from(values, (value) => value * (i + 1)),
        );
        const read = readWav(writeWav({ sampleRateHz: 48_000, channels, encoding: 'float32' }));
        expect(read).toEqual({ sampleRateHz: 48_000, channels, encoding: 'float32' });
      }),
    );
  });

  test('in 16 bits comes back to half a step, and stays the same from then on', () => {
    const once = readWav(writeWav({ sampleRateHz: 44_100, channels: stereo }));
    expect(once).toMatchObject({ sampleRateHz: 44_100, encoding: 'pcm16' });
    for (const [channel, samples] of once.channels.entries()) {
      for (const [i, sample] of samples.entries())
        expect(sample).toBeCloseTo(stereo[channel]?.[i] as number, 4);
    }
    expect(readWav(writeWav(once))).toEqual(once);
  });

  test('of unequal channels is filled with silence, and of none is empty', () => {
    const read = readWav(
      writeWav({ sampleRateHz: 8000, channels: [Float32Array.of(1, 1), Float32Array.of(1)] }),
    );
    expect(read.channels.map((samples) => [...samples])).toEqual([
      [1, 1],
      [1, 0],
    ]);
    const empty = readWav(writeWav({ sampleRateHz: 8000, channels: [new Float32Array(0)] }));
    expect(empty.channels.map((samples) => samples.length)).toEqual([0]);
  });

  test('has the header that other programs expect', () => {
    const header = [...wavHeader({ sampleRateHz: 44_100, channels: 2, encoding: 'pcm16', frames: 3 })];
    const expected = [
      ...ascii('RIFF'),
      ...u32(48),
      ...ascii('WAVE'),
      ...ascii('fmt '),
      ...u32(16),
      ...format(1, 2, 16),
      ...ascii('data'),
      ...u32(12),
    ];
    expect(header).toEqual(expected);
  });

  test('is written as it comes, and readable also when nobody finishes its header', () => {
    for (const encoding of ['pcm16', 'float32'] as const satisfies readonly WavEncoding[]) {
      const begun = wavHeader({ sampleRateHz: 44_100, channels: 1, encoding });
      const whole = writeWav({ sampleRateHz: 44_100, channels: [Float32Array.of(1, -1)], encoding });
      const unfinished = whole.slice();
      unfinished.set(begun);
      expect(readWav(unfinished)).toEqual(readWav(whole));
      expect(wavHeader({ sampleRateHz: 44_100, channels: 1, encoding, frames: 2 })).toEqual(
        whole.subarray(0, begun.length),
      );
    }
  });
});

describe('reading a WAV file', () => {
  test('skips chunks that it does not know, odd ones with their padding', () => {
    const read = readWav(
      fileOf(
        ['LIST', Uint8Array.of(1, 2, 3)],
        ['fmt ', pcmMono],
        ['junk', new Uint8Array(5)],
        ['data', twoSamples],
        ['tail', twoSamples],
      ),
    );
    expect([...(read.channels[0] as Float32Array)]).toEqual([1, -1]);
  });

  test('reads the extensible format by the first bytes of its GUID', () => {
    const guid = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
    const extension = (real: number) => [...u16(22), ...u16(16), ...u32(4), ...u16(real), ...guid];
    expect(
      readWav(fileOf(['fmt ', format(0xfffe, 1, 16, extension(1))], ['data', twoSamples])).encoding,
    ).toBe('pcm16');
    const float = fileOf(
      ['fmt ', format(0xfffe, 1, 32, extension(3))],
      ['data', Uint8Array.of(0, 0, 0x80, 0x3f)],
    );
    expect(readWav(float)).toMatchObject({ encoding: 'float32', channels: [Float32Array.of(1)] });
    const other = fileOf(['fmt ', format(0xfffe, 1, 16, extension(6))], ['data', twoSamples]);
    expect(audioFaults.WAV_UNSUPPORTED.matches(thrownBy(() => readWav(other)))).toBe(true);
  });

  test('works on bytes that are a part of a larger, oddly aligned buffer', () => {
    const file = writeWav({ sampleRateHz: 44_100, channels: stereo, encoding: 'float32' });
    const buffer = new Uint8Array(file.length + 9);
    buffer.set(file, 3);
    expect(readWav(buffer.subarray(3, 3 + file.length)).channels).toEqual(stereo);
  });

  test('reports missing audio with the cure, and takes what is there when told so', () => {
    const file = writeWav({ sampleRateHz: 44_100, channels: stereo });
    const cut = file.subarray(0, file.length - 5);
    const error = thrownBy(() => readWav(cut));
    expect(audioFaults.WAV_TRUNCATED.matches(error) && error.context).toEqual({
      announcedBytes: 12,
      gotBytes: 7,
      wholeFrames: 1,
    });
    expect(String(error)).toContain("{ truncated: 'accept' }");
    expect(readWav(cut, { truncated: 'accept' }).channels.map((samples) => samples.length)).toEqual([1, 1]);
  });

  test('leaves an incomplete frame at the end of the audio out', () => {
    const read = readWav(fileOf(['fmt ', format(1, 2, 16)], ['data', Uint8Array.of(1, 0, 2, 0, 3, 0, 4)]));
    expect(read.channels.map((samples) => samples.length)).toEqual([1, 1]);
  });

  test('says what is missing or not supported', () => {
    const cases: readonly (readonly [Uint8Array, keyof typeof audioFaults])[] = [
      [new Uint8Array(0), 'WAV_UNKNOWN'],
      [Uint8Array.from([...ascii('OggS'), ...new Array(40).fill(0)]), 'WAV_UNKNOWN'],
      [fileOf(), 'WAV_CHUNK_MISSING'],
      [fileOf(['fmt ', pcmMono]), 'WAV_CHUNK_MISSING'],
      [fileOf(['data', twoSamples]), 'WAV_CHUNK_MISSING'],
      [fileOf(['fmt ', pcmMono.subarray(0, 10)], ['data', twoSamples]), 'WAV_CHUNK_MISSING'],
      [fileOf(['fmt ', pcmMono, 4_000_000]), 'WAV_CHUNK_MISSING'],
      [fileOf(['fmt ', format(1, 1, 24)], ['data', twoSamples]), 'WAV_UNSUPPORTED'],
      [fileOf(['fmt ', format(2, 1, 16)], ['data', twoSamples]), 'WAV_UNSUPPORTED'],
      [fileOf(['fmt ', format(1, 0, 16)], ['data', twoSamples]), 'WAV_UNSUPPORTED'],
    ];
    for (const [file, code] of cases) expect(thrownBy(() => readWav(file))).toMatchObject({ code });
  });

  test('never does anything but read or throw one of its faults, on any damage', () => {
    const whole = writeWav({ sampleRateHz: 44_100, channels: stereo });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, length) => {
        const damaged = whole.slice(0, length);
        if (at < damaged.length) damaged[at] = byte;
        try {
          readWav(damaged);
        } catch (error) {
          expect(Object.values(audioFaults).some((known) => known.matches(error))).toBe(true);
        }
      }),
    );
  });
});

describe('writing a WAV file refuses', () => {
  test('more than its 32-bit sizes can say', () => {
    const error = thrownBy(() =>
      wavHeader({ sampleRateHz: 44_100, channels: 2, encoding: 'pcm16', frames: 2 ** 30 }),
    );
    expect(audioFaults.WAV_TOO_LARGE.matches(error)).toBe(true);
  });

  test('no channels, no rate, and a number of frames that is none', () => {
    expect(() => writeWav({ sampleRateHz: 44_100, channels: [] })).toThrow(/channels .* got 0/);
    expect(() => writeWav({ sampleRateHz: 0, channels: stereo })).toThrow(/sampleRateHz .* got 0/);
    expect(() => wavHeader({ sampleRateHz: 1, channels: 1, encoding: 'pcm16', frames: Number.NaN })).toThrow(
      /got NaN/,
    );
  });
});
