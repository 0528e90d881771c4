import { timeout } from '../../policies/index.ts';
import type { RecoveryStrategy } from '../recovery-strategy.ts';
import { result, strategy, type TimedStrategyOptions } from './strategy.ts';
import { trial } from './trial.ts';

export interface Device {
  readonly id: string;
  /** For people. */
  readonly name: string;
}

export interface DeviceFallbackOptions<D extends Device = Device> extends TimedStrategyOptions {
  /** The devices there are, the preferred first. */
  devices(signal: AbortSignal): Promise<readonly D[]> | readonly D[];
  /** Whether a device works. One that throws, or takes longer than `testTimeoutMs`, does not. */
  test(device: D, signal: AbortSignal): Promise<boolean> | boolean;
  /** Where the choice is written. */
  readonly settings: { set(setting: string, deviceId: string): unknown };
  /** Which setting it is. Default `audio.input_device`. */
  readonly setting?: string;
  /** Above 0. Default 2000. */
  readonly testTimeoutMs?: number;
}

/**
 * `device_fallback`: switches to the first device that works, other than the one that failed, which the context
 * names as `deviceId`. The device is the output. Throws a RangeError when an option is out of range.
 */
export function deviceFallback<D extends Device>(options: DeviceFallbackOptions<D>): RecoveryStrategy {
  const { settings, setting = 'audio.input_device', testTimeoutMs = 2000 } = options;
  const tryOut = trial('device_fallback', options, timeout(testTimeoutMs));
  return strategy('device_fallback', options, async (_fault, context, { signal }) => {
    for (const device of await options.devices(signal)) {
      const { id, name } = device;
      if (id === context['deviceId']) continue;
      const { answer: works } = await tryOut(signal, (attempt) => options.test(device, attempt.signal));
      signal.throwIfAborted();
      if (!works) continue;
      await settings.set(setting, id);
      return result(true, true, `Switched to device: ${name}`, device);
    }
    return result(false, false, 'No alternative devices available');
  });
}
