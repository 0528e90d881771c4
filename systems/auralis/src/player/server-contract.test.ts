import { describe, expect, test } from 'vitest';
import * as composition from '../composition/index.ts';
import { acceptedMessage, parametersMessage, welcomeMessage } from '../streaming/index.ts';
import {
  intensityRange,
  keys,
  modes,
  parameterFields,
  problemWith,
  tempoRangeBpm,
} from './music-parameters.ts';
import { parseServerMessage } from './server-message.ts';

const { defaultParameters: parameters, checkParameters } = composition;

describe('the player and the server', () => {
  test('know the same parameters with the same ranges', () => {
    expect({ keys, modes, tempoRangeBpm, intensityRange }).toEqual({
      keys: composition.keys,
      modes: composition.modes,
      tempoRangeBpm: composition.tempoRangeBpm,
      intensityRange: composition.intensityRange,
    });
    expect([...parameterFields].sort()).toEqual(Object.keys(parameters).sort());
  });

  test('agree on what is allowed', () => {
    const values = ['C', 'H', 'lydian', 'locrian', 39, 40, 140, 141, 0, 0.5, 1, 1.01, Number.NaN, null, {}];
    for (const field of parameterFields) {
      for (const value of values) {
        const allowedHere = problemWith(field, value) === undefined;
        expect({ field, value, allowed: allowedHere }).toEqual({
          field,
          value,
          allowed: allowedThere(field, value),
        });
      }
    }
  });

  test('understand each other', () => {
    expect(
      parseServerMessage(welcomeMessage({ epoch: 1, nextSeq: 2, token: 'abc', resumed: true, parameters })),
    ).toMatchObject({
      type: 'welcome',
      format: { sampleRateHz: 44_100, channels: 2, encoding: 's16le' },
      prebufferMs: 600,
      token: 'abc',
      resumed: true,
      parameters,
    });
    expect(parseServerMessage(parametersMessage(parameters, 7))).toEqual({
      type: 'parameters',
      parameters,
      heardAtSample: 7,
    });
    expect(parseServerMessage(acceptedMessage('5', parameters, 7))).toMatchObject({
      type: 'accepted',
      id: '5',
    });
    expect(parseServerMessage(acceptedMessage(undefined, parameters, 7))).toMatchObject({ id: undefined });
  });
});

function allowedThere(field: string, value: unknown): boolean {
  try {
    checkParameters({ [field]: value });
    return true;
  } catch {
    return false; // What is wrong is the server's to say; here only whether it is.
  }
}
