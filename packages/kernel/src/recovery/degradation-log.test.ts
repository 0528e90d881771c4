import { expect, test } from 'vitest';
import { Signals } from '../signals/index.ts';
import { degraded, logDegradation } from './degradation-log.ts';
import { faults } from './workshop.fixture.ts';

function log() {
  const signals = new Signals();
  const steps: unknown[] = [];
  signals.on(degraded, ({ source, data }) => steps.push([source, data.step, data.fault.message]));
  return { signals, steps };
}

test('tells each step down, and no cancellation', () => {
  const { signals, steps } = log();
  logDegradation(signals, 'enhance', 'high_quality', faults.BROKE({}));
  logDegradation(signals, 'enhance', 'medium_quality', new Error('too slow'));
  logDegradation(signals, 'enhance', 'basic', new DOMException('the listener left', 'AbortError'));
  expect(steps).toEqual([
    ['enhance', 'high_quality', 'broke at attempt 0'],
    ['enhance', 'medium_quality', 'Error: too slow'],
  ]);
});

test('steps down as the document does: each way in order, each step told, at last its own error', () => {
  const { signals, steps } = log();
  const ways: [string, (audio: string) => string][] = ['high_quality', 'medium_quality', 'basic'].map(
    (name) => [
      name,
      (audio) => {
        if (name === 'basic') return `${name} ${audio}`;
        throw new Error('too slow');
      },
    ],
  );
  const enhance = (audio: string) => {
    for (const [name, way] of ways) {
      try {
        return way(audio);
      } catch (error) {
        logDegradation(signals, 'enhance', name, error);
      }
    }
    throw faults.BROKE({ attempt: 3 });
  };
  expect(enhance('voice')).toBe('basic voice');
  expect(steps).toHaveLength(2);
  ways.pop();
  expect(() => enhance('voice')).toThrow('broke at attempt 3');
});
