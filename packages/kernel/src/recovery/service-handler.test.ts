import { describe, expect, test } from 'vitest';
import { defineFaults, type Fault, fault, severity } from '../faults/index.ts';
import { Signals } from '../signals/index.ts';
import { SimulatedClock } from '../time/index.ts';
import { degraded } from './degradation-log.ts';
import { RecoveryManager } from './recovery-manager.ts';
import type { ErrorContext } from './recovery-strategy.ts';
import { createServiceHandler, type ServiceHandlerOptions } from './service-handler.ts';
import { defaultFallback } from './strategies/index.ts';

const faults = defineFaults('enhance', {
  QUALITY_TOO_LOW: fault<{ qualityScore: number; threshold: number }>({
    category: 'quality',
    severity: severity.ERROR,
    recovery: 'none',
    message: ({ qualityScore, threshold }) => `quality ${qualityScore}, wanted ${threshold}`,
  }),
});
const tooLow = () => faults.QUALITY_TOO_LOW({ qualityScore: 0.4, threshold: 0.8 });

function service(options: ServiceHandlerOptions = {}) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const reported: [Fault, ErrorContext][] = [];
  const reporter = { report: (...told: [Fault, ErrorContext]) => reported.push(told) };
  const strategies = new RecoveryManager([
    defaultFallback({ answer: (_, { audioId }) => `plain ${audioId}` }),
  ]);
  const handler = createServiceHandler('audio_enhancement', {
    strategies,
    reporter,
    clock,
    signals,
    ...options,
  });
  return { clock, signals, reported, ...handler };
}

describe('the handler of one service', () => {
  test('handles an error in the name of the service, and its reporter has fault and context', async () => {
    const { handleError, reported } = service();
    const error = tooLow();
    const context = { audioId: 'a7', duration: 3.5, qualityScore: 0.4, threshold: 0.8 };
    expect(await handleError(error, context)).toMatchObject({ fault: error, handled: true });
    expect(reported).toEqual([
      [error, { ...context, service: 'audio_enhancement', component: 'audio_enhancement' }],
    ]);
  });

  test('takes no context, another component, and nonsense', async () => {
    const { handleError, reported, close } = service();
    await handleError(tooLow());
    await handleError(tooLow(), { component: 'denoiser' });
    await handleError(tooLow(), null as never);
    const components = reported.map(([, { component }]) => component);
    expect(components).toEqual(['audio_enhancement', 'denoiser', 'audio_enhancement']);
    close();
    await handleError(tooLow());
    expect(reported).toHaveLength(3);
  });

  test('recovers with the fallback, whose output goes on in place of what failed', async () => {
    const { recover, reported } = service();
    expect(await recover(tooLow(), 'fallback', { audioId: 'a7' })).toMatchObject({
      success: true,
      fallbackUsed: true,
      output: 'plain a7',
    });
    expect(await recover(tooLow())).toMatchObject({ success: true });
    expect(reported).toEqual([]); // It was reported when it was handled.
  });

  test('reports its own errors only, and a reporter that throws reaches nobody', async () => {
    const broken = {
      report: () => {
        throw new Error('the tracker is away');
      },
    };
    const { signals, handleError, clock } = service({ reporter: broken });
    const others: string[] = [];
    const reporter = { report: ({ code }: Fault) => others.push(code) };
    createServiceHandler('other', { signals, clock, reporter });
    expect(await handleError(tooLow())).toMatchObject({ handled: true });
    expect(signals.counts.listenerErrors).toBe(1);
    expect(others).toEqual([]);
  });

  test('tells each step down, and no cancellation', () => {
    const { signals, logDegradation } = service();
    const steps: unknown[] = [];
    signals.on(degraded, ({ source, data }) => steps.push([source, data.step, data.fault.message]));
    logDegradation('high_quality', tooLow());
    logDegradation('medium_quality', new Error('too slow'));
    logDegradation('basic', new DOMException('the listener left', 'AbortError'));
    expect(steps).toEqual([
      ['audio_enhancement', 'high_quality', 'quality 0.4, wanted 0.8'],
      ['audio_enhancement', 'medium_quality', 'Error: too slow'],
    ]);
  });

  test('retries and breaks circuits on its clock and in its name', async () => {
    const { withRetry, circuitBreaker, signals, clock } = service({ fallback: 'default_fallback' });
    const said: string[] = [];
    signals.onAny(({ type, source }) => said.push(`${source} ${type}`));
    let calls = 0;
    const fail = () => {
      calls++;
      return Promise.reject(new Error('away'));
    };
    await expect(clock.run(withRetry({ maxRetries: 2 })(fail)())).rejects.toThrow('away');
    await expect(circuitBreaker({ failureThreshold: 1 })(fail)()).rejects.toThrow('away');
    expect(calls).toBe(3);
    expect(said).toEqual([
      'audio_enhancement retry.scheduled',
      'audio_enhancement retry.exhausted',
      'audio_enhancement breaker.changed',
    ]);
  });

  test('steps down as the document does: each way in order, each step told, at last its own error', async () => {
    const { logDegradation, signals } = service();
    const steps: string[] = [];
    signals.on(degraded, ({ data }) => steps.push(data.step));
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
          logDegradation(name, error);
        }
      }
      throw tooLow();
    };
    expect(enhance('voice')).toBe('basic voice');
    expect(steps).toEqual(['high_quality', 'medium_quality']);
    ways.pop();
    expect(() => enhance('voice')).toThrow('quality 0.4');
  });
});
