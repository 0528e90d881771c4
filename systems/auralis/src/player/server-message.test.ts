import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseServerMessage } from './server-message.ts';

const parameters = { key: 'D', mode: 'lydian', tempoBpm: 72, intensity: 0.5 };
const format = { sampleRateHz: 44_100, channels: 2, frames: 1764, encoding: 's16le' };

const parsed = (message: unknown) => parseServerMessage(JSON.stringify(message));

describe('what the server says', () => {
  test('is understood', () => {
    expect(parsed({ type: 'welcome', format, epoch: 1, nextSeq: 0, prebufferMs: 700, parameters })).toEqual({
      type: 'welcome',
      format,
      prebufferMs: 700,
      token: undefined,
      resumed: false,
      parameters,
    });
    expect(parsed({ type: 'parameters', parameters, heardAtSample: 9 })).toEqual({
      type: 'parameters',
      parameters,
      heardAtSample: 9,
    });
    expect(parsed({ type: 'accepted', id: '7', parameters, heardAtSample: 9 })).toMatchObject({ id: '7' });
    expect(parsed({ type: 'accepted', id: null, parameters, heardAtSample: 9 })).toMatchObject({
      id: undefined,
    });
    expect(
      parsed({ type: 'error', code: 'C', message: 'm', id: '7', retryable: false, field: 'key' }),
    ).toEqual({
      type: 'error',
      code: 'C',
      message: 'm',
      id: '7',
      field: 'key',
      retryAfterMs: undefined,
    });
  });

  test('is ignored when it is of an unknown type, or lacks what the player needs', () => {
    for (const message of [
      { type: 'weather' },
      {},
      null,
      7,
      [],
      { type: 'welcome' },
      { type: 'welcome', format: { ...format, sampleRateHz: '44100' } },
      { type: 'parameters', parameters: { ...parameters, key: 'H' } },
      { type: 'accepted', parameters: null },
    ]) {
      expect(parsed(message)).toBeUndefined();
    }
  });

  test('is understood as far as it can be used', () => {
    expect(parsed({ type: 'welcome', format })).toEqual({
      type: 'welcome',
      format,
      prebufferMs: 600,
      token: undefined,
      resumed: false,
      parameters: undefined,
    });
    expect(parsed({ type: 'error' })).toMatchObject({ code: 'UNKNOWN', message: 'UNKNOWN' });
  });

  test('never makes the player fail, whatever it is', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseServerMessage(text)));
    const any = fc.anything();
    const shaped = fc.record({
      type: fc.constantFrom('welcome', 'parameters', 'accepted', 'error'),
      format: any,
      parameters: any,
    });
    fc.assert(fc.property(shaped, (message) => void parseServerMessage(JSON.stringify(message))));
  });
});
