import { Signals } from '../signals/index.ts';
import { SimulatedClock } from '../time/index.ts';
import { featureChanged, features as featuresOf } from './index.ts';

export const needs = { vision: [], gestures: ['vision'], music: [], dance: ['gestures', 'music'] } as const;

export function watched() {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const told: string[] = [];
  signals.on(featureChanged, ({ data: { feature, enabled, reason, because } }) => {
    told.push(`${feature} ${enabled ? 'on' : 'off'}: ${reason} of ${because}`);
  });
  const features = featuresOf(needs, { clock, signals, source: 'bot' });
  return { clock, signals, features, told };
}
