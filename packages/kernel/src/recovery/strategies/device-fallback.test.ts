import { describe, expect, test } from 'vitest';
import { kernelFaults } from '../../faults/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { type Device, type DeviceFallbackOptions, deviceFallback } from './device-fallback.ts';

const fault = kernelFaults.UNEXPECTED({ error: 'unplugged', errorName: 'Error' });
const devices: readonly Device[] = ['builtin', 'usb', 'hdmi'].map((id) => ({ id, name: `The ${id} one` }));

/** Falls back from `deviceId`, on simulated time. */
async function trial(
  deviceId: unknown,
  test: DeviceFallbackOptions['test'],
  signal = new AbortController().signal,
) {
  const clock = new SimulatedClock();
  const set: [string, string][] = [];
  const settings = { set: (setting: string, id: string) => set.push([setting, id]) };
  const strategy = deviceFallback({ devices: () => devices, test, settings, clock });
  const run = Promise.resolve(strategy.recover(fault, { component: 'audio', deviceId }, { signal }));
  const ended = await clock.run(run.catch((error: unknown) => error));
  return { ended, set, tookMs: clock.monotonicMs() };
}

describe('device_fallback', () => {
  test('sets the first device that passes its test, other than the one that failed, and names it', async () => {
    const tested: string[] = [];
    const { ended, set } = await trial('builtin', ({ id }) => tested.push(id) > 0);
    expect(ended).toEqual({
      success: true,
      fallbackUsed: true,
      message: 'Switched to device: The usb one',
      output: devices[1],
    });
    expect(set).toEqual([['audio.input_device', 'usb']]);
    expect(tested).toEqual(['usb']);
  });

  test('passes over devices whose test answers no, throws or hangs', async () => {
    const { ended, set, tookMs } = await trial('none', ({ id }) => {
      if (id === 'builtin') throw new Error('busy');
      return id === 'hdmi' || new Promise<boolean>(() => undefined);
    });
    expect(ended).toMatchObject({ success: true, message: 'Switched to device: The hdmi one' });
    expect(set).toEqual([['audio.input_device', 'hdmi']]);
    expect(tookMs).toBe(2000);
  });

  test('with none left, has no success and no fallback, and sets nothing', async () => {
    const { ended, set } = await trial('builtin', () => false);
    expect(ended).toEqual({
      success: false,
      fallbackUsed: false,
      message: 'No alternative devices available',
      output: undefined,
    });
    expect(set).toEqual([]);
  });

  test('ends when its signal aborts, and sets nothing any more', async () => {
    const controller = new AbortController();
    const { ended, set } = await trial(
      'builtin',
      () => {
        controller.abort(new Error('too late'));
        return true;
      },
      controller.signal,
    );
    expect(ended).toEqual(new Error('too late'));
    expect(set).toEqual([]);
  });
});

test('device_fallback refuses a test that may take no time', () => {
  const options = { devices: () => devices, test: () => true, settings: { set: () => 0 } };
  expect(() => deviceFallback({ ...options, testTimeoutMs: 0 })).toThrow(RangeError);
});
