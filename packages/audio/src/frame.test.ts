import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { audioFaults } from './faults.ts';
import { decodeFrame, encodeFrameHeader, FRAME_HEADER_BYTES, type FrameHeader, frameFlags } from './frame.ts';
import { decodePcm16 } from './pcm16.ts';

const header: FrameHeader = { flags: 0, epoch: 1, sequence: 2, samplePosition: 3528, payloadBytes: 4 };

function frameOf(fields: Partial<FrameHeader> = {}): Uint8Array {
  const message = new Uint8Array(FRAME_HEADER_BYTES + (fields.payloadBytes ?? header.payloadBytes));
  encodeFrameHeader({ ...header, ...fields }, message);
  return message;
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('expected it to throw');
}

describe('a frame', () => {
  test('comes back as it was written, whatever its fields', () => {
    const fields = fc.record({
      flags: fc.integer({ min: 0, max: 255 }),
      epoch: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      sequence: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      samplePosition: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      payloadBytes: fc.integer({ min: 0, max: 64 }),
    });
    fc.assert(
      fc.property(fields, (written) => {
        const { payload, ...read } = decodeFrame(frameOf(written));
        expect(read).toEqual(written);
        expect(payload.length).toBe(written.payloadBytes);
      }),
    );
  });

  test('is what the example in PROTOCOL.md says', () => {
    const protocol = readFileSync(new URL('../PROTOCOL.md', import.meta.url), 'utf8');
    const hex = /```hex\n([\s\S]*?)```/.exec(protocol)?.[1] ?? '';
    const example = Uint8Array.from(hex.trim().split(/\s+/), (byte) => Number.parseInt(byte, 16));
    const frame = decodeFrame(example);
    const { payload, ...read } = frame;
    expect(read).toEqual({
      flags: frameFlags.concealed,
      epoch: 0x01020304,
      sequence: 7,
      samplePosition: 12_348,
      payloadBytes: 8,
    });
    const channels = [new Float32Array(2), new Float32Array(2)];
    decodePcm16(payload, 0, 2, channels);
    expect(channels.map((samples) => Array.from(samples, (sample) => Math.round(sample * 32_767)))).toEqual([
      [0, 16_384],
      [-16_384, 32_767],
    ]);
    const written = new Uint8Array(example.length);
    written.set(example.subarray(FRAME_HEADER_BYTES), encodeFrameHeader(frame, written));
    expect(written).toEqual(example);
  });

  test('is written at an offset into a larger buffer, and read out of one', () => {
    const buffer = new Uint8Array(64).fill(0xee);
    expect(encodeFrameHeader({ ...header, payloadBytes: 0 }, buffer, 5)).toBe(29);
    expect(decodeFrame(buffer.subarray(5, 29)).sequence).toBe(2);
    expect([buffer[4], buffer[29]]).toEqual([0xee, 0xee]);
  });

  test('has a payload that is a view of the message', () => {
    const message = frameOf();
    expect(decodeFrame(message).payload.buffer).toBe(message.buffer);
  });
});

describe('a message that is no frame is a typed fault:', () => {
  test('shorter than a header', () => {
    for (const length of [0, 1, 23]) {
      const error = thrownBy(() => decodeFrame(frameOf().subarray(0, length)));
      expect(audioFaults.FRAME_TRUNCATED.matches(error) && error.context).toEqual({
        gotBytes: length,
        neededBytes: 24,
      });
    }
  });

  test('another magic', () => {
    const message = frameOf();
    message[0] = 0x52;
    const error = thrownBy(() => decodeFrame(message));
    expect(audioFaults.FRAME_MAGIC_UNKNOWN.matches(error)).toBe(true);
    expect(String(error)).toContain('0x5552');
  });

  test('another version', () => {
    const message = frameOf();
    message[2] = 9;
    expect(audioFaults.FRAME_VERSION_UNKNOWN.matches(thrownBy(() => decodeFrame(message)))).toBe(true);
  });

  test('more payload announced than allowed, before its length is compared', () => {
    const message = frameOf();
    message.set([0xff, 0xff, 0xff, 0xff], 20);
    const error = thrownBy(() => decodeFrame(message));
    expect(audioFaults.FRAME_OVERSIZED.matches(error) && error.context.payloadBytes).toBe(2 ** 32 - 1);
    expect(audioFaults.FRAME_OVERSIZED.matches(thrownBy(() => decodeFrame(frameOf(), 3)))).toBe(true);
  });

  test('payload shorter or longer than announced', () => {
    const short = thrownBy(() => decodeFrame(frameOf().subarray(0, 27)));
    expect(audioFaults.FRAME_LENGTH_MISMATCH.matches(short)).toBe(true);
    const long = new Uint8Array(29);
    long.set(frameOf());
    expect(audioFaults.FRAME_LENGTH_MISMATCH.matches(thrownBy(() => decodeFrame(long)))).toBe(true);
  });

  test('a position that a JavaScript number cannot hold', () => {
    const message = frameOf();
    message.set([0, 0, 0, 0, 0, 0, 0x20, 0], 12);
    const error = thrownBy(() => decodeFrame(message));
    expect(audioFaults.FRAME_FIELD_INVALID.matches(error) && error.context.field).toBe('samplePosition');
  });

  test('any bytes at all: a frame or a fault of this package, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 48 }), (bytes) => {
        try {
          decodeFrame(bytes);
        } catch (error) {
          expect(Object.values(audioFaults).some((known) => known.matches(error))).toBe(true);
        }
      }),
    );
  });
});

describe('writing a header refuses', () => {
  test('fields out of their range', () => {
    const target = new Uint8Array(FRAME_HEADER_BYTES);
    for (const wrong of [
      { flags: 256 },
      { epoch: -1 },
      { sequence: 2 ** 32 },
      { samplePosition: 2 ** 53 },
      { samplePosition: Number.NaN },
      { payloadBytes: 1.5 },
    ]) {
      const error = thrownBy(() => encodeFrameHeader({ ...header, ...wrong }, target));
      expect(audioFaults.FRAME_FIELD_INVALID.matches(error) && error.context.field).toBe(
        Object.keys(wrong)[0],
      );
    }
    expect(target.every((byte) => byte === 0)).toBe(true);
  });

  test('a target without room for it', () => {
    expect(
      audioFaults.FRAME_TRUNCATED.matches(thrownBy(() => encodeFrameHeader(header, new Uint8Array(30), 7))),
    ).toBe(true);
  });
});
