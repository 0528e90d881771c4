import { describe, expect, test } from 'vitest';
import { defineFaults, fault, severity } from '../../faults/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { ErrorHandler } from '../error-handler.ts';
import type { ErrorContext, RecoveryStrategy } from '../recovery-strategy.ts';
import {
  cacheFallback,
  defaultFallback,
  deviceFallback,
  disableFeature,
  escalate,
  freeMemory,
  reconnectRetry,
  restart,
  simplify,
} from './index.ts';

/** Reports the fault that is just being recovered, as a port of a strategy may that knows only its handler. */
type Report = (context: ErrorContext) => Promise<boolean>;

const strategies: readonly ((report: Report, clock: SimulatedClock) => RecoveryStrategy)[] = [
  (report, clock) =>
    deviceFallback({
      devices: () => [{ id: 'usb', name: 'USB' }],
      test: () => report({ component: 'mixer' }),
      settings: { set: () => undefined },
      clock,
    }),
  (report, clock) => reconnectRetry({ reconnect: report, clock }),
  (report) => cacheFallback({ lookUp: async (context) => ((await report(context)) ? 'cached' : undefined) }),
  (report) =>
    disableFeature({ features: { disable: async () => void (await report({ component: 'mixer' })) } }),
  (report) => defaultFallback({ answer: (_, context) => report(context) }),
  (report) => restart({ restart: (component) => report({ component }) }),
  (report, clock) =>
    simplify({
      run: async (context) => {
        if (!(await report(context))) throw new Error('it will not do');
      },
      clock,
    }),
  (report, clock) =>
    freeMemory({
      steps: [{ name: 'caches', free: () => report({ component: 'mixer' }) }],
      isEnough: () => false,
      clock,
    }),
  (report) => escalate({ target: 'its own handler', take: (_, context) => report(context) }),
];

const named = strategies.map((make) => [make(async () => false, new SimulatedClock()).name, make] as const);

const declare = (recovery: string) =>
  defineFaults('test', {
    BROKE: fault({ category: 'test', severity: severity.ERROR, recovery, message: 'broke' }),
  });

describe('a strategy that reports the fault that it recovers is no loop', () => {
  test.each(named)('%s', async (name, make) => {
    const clock = new SimulatedClock();
    const { BROKE } = declare(name);
    let reports = 0;
    const report: Report = async (context) => {
      reports++;
      return (await handler.handleError(BROKE({}), context)).recovered;
    };
    const handler = new ErrorHandler({
      strategies: [make(report, clock)],
      fallback: name,
      strategyTimeoutMs: 10_000,
      clock,
    });
    await clock.run(handler.handleError(BROKE({}), { component: 'mixer' }));
    expect(reports).toBeGreaterThan(0);
    expect(reports).toBeLessThanOrEqual(3); // As often as it is tried.
    expect(clock.monotonicMs()).toBeLessThanOrEqual(10_000);
  });
});

describe('a strategy whose ports hang ends in its time', () => {
  test.each(named)('%s', async (name, make) => {
    const clock = new SimulatedClock();
    const strategies = [make(() => new Promise(() => undefined), clock)];
    const handler = new ErrorHandler({ strategies, strategyTimeoutMs: 30_000, clock });
    const response = await clock.run(handler.handleError(declare(name).BROKE({}), { component: 'mixer' }));
    expect(response.recovered).toBe(false);
    expect(response.durationMs).toBeLessThanOrEqual(30_000);
  });
});

describe("cockatiel#69: no listener is left on the caller's signal", () => {
  test.each(named)('%s', async (name, make) => {
    const clock = new SimulatedClock();
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    const strategy = make(async () => false, clock);
    for (let time = 0; time < 20; time++) {
      const { BROKE } = declare(name);
      await clock.run(Promise.resolve(strategy.recover(BROKE({}), { component: 'mixer' }, { signal })));
    }
    expect(listeners).toBe(0);
  });
});
