import { kernelFaults, Signals, SimulatedClock } from '@sustain/kernel';
import ts from 'typescript';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { OVERFLOW, operationSlow, PerformanceMonitor, type PerformanceMonitorOptions } from './index.ts';

function newMonitor(options: PerformanceMonitorOptions = {}) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const slow: unknown[] = [];
  signals.on(operationSlow, ({ data }) => slow.push(data));
  return { clock, slow, monitor: new PerformanceMonitor({ clock, signals, ...options }) };
}

/** Instruments as those of the metrics are, that keep what they are given. */
function instruments() {
  const given: unknown[] = [];
  const durations = {
    labels: (labels: object) => ({ observe: (seconds: number) => given.push([labels, seconds]) }),
  };
  const errors = { labels: (labels: object) => ({ add: (count: number) => given.push([labels, count]) }) };
  return { given, metrics: { durations, errors } };
}

describe('seed 001: trackOperation', () => {
  test('records the duration of a success, and answers what the function does', async () => {
    const { given, metrics } = instruments();
    const { clock, monitor } = newMonitor({ metrics });
    const answer = monitor.trackOperation('llm', async () => {
      await clock.sleep(250);
      return 'hello';
    });
    expect(monitor.operation('llm')).toMatchObject({ inFlight: 1, successes: 0 });
    expect(await clock.run(answer)).toBe('hello');
    expect(monitor.operation('llm')).toMatchObject({
      name: 'llm',
      successes: 1,
      errors: 0,
      inFlight: 0,
      recent: { calls: 1 },
    });
    expect(monitor.operation('llm')?.recent.p50Ms).toBeCloseTo(250, -1);
    expect(given).toEqual([[{ operation: 'llm' }, 0.25]]);
  });

  test('counts an error by its type, does not time it, and throws it on as it came', async () => {
    const { given, metrics } = instruments();
    const { monitor } = newMonitor({ metrics });
    const [late, now] = [new TypeError('late'), Object.assign(new Error('now'), { code: 'ECONNRESET' })];
    await expect(monitor.trackOperation('llm', () => Promise.reject(late))).rejects.toBe(late);
    expect(() =>
      monitor.trackOperation('llm', () => {
        throw now;
      }),
    ).toThrow(now);
    expect(monitor.operation('llm')).toMatchObject({ successes: 0, errors: 2, recent: { calls: 0 } });
    expect(given).toEqual([
      [{ operation: 'llm', type: 'TypeError' }, 1],
      [{ operation: 'llm', type: 'ECONNRESET' }, 1],
    ]);
  });

  test('what a user cancelled is counted apart', async () => {
    const { given, metrics } = instruments();
    const { monitor } = newMonitor({ metrics });
    for (const error of [
      AbortSignal.abort().reason,
      kernelFaults.CANCELLED({ errorName: 'AbortError', error: 'hung up' }),
    ]) {
      await expect(monitor.trackOperation('llm', () => Promise.reject(error))).rejects.toBe(error);
    }
    expect(monitor.operation('llm')).toMatchObject({ errors: 0, cancelled: 2, recent: { calls: 0 } });
    expect(given).toEqual([]);
  });
});

test('a function that answers at once still does', () => {
  const { monitor } = newMonitor();
  const answer = monitor.trackOperation('mix', () => 7);
  expectTypeOf(answer).toEqualTypeOf<number>();
  expect(answer).toBe(7);
  expect(monitor.operation('mix')?.successes).toBe(1);
});

test('a rejection that nobody handles is still unhandled', async () => {
  const { monitor } = newMonitor();
  const error = new Error('nobody cares');
  const unhandled = new Promise((resolve) => {
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.once('unhandledRejection', (reason) => {
      for (const other of others) process.on('unhandledRejection', other);
      resolve(reason);
    });
  });
  void monitor.trackOperation('lost', () => Promise.reject(error));
  expect(await unhandled).toBe(error);
});

test('slow operations are told, from 1000 ms on, however they end', async () => {
  const heard: unknown[] = [];
  const { clock, slow, monitor } = newMonitor({ onSlow: (one) => heard.push(one) });
  await clock.run(monitor.trackOperation('a', () => clock.sleep(999)));
  await clock.run(monitor.trackOperation('a', () => clock.sleep(1000)));
  const failing = monitor.trackOperation('b', async () => {
    await clock.sleep(3000);
    throw new Error('late and wrong');
  });
  await expect(clock.run(failing)).rejects.toThrow('late and wrong');
  expect(slow).toEqual([
    { operation: 'a', durationMs: 1000, thresholdMs: 1000, outcome: 'success' },
    { operation: 'b', durationMs: 3000, thresholdMs: 1000, outcome: 'failure' },
  ]);
  expect(heard).toEqual(slow);
  expect(monitor.operation('a')?.slow).toBe(1);
});

test('percentiles are of the window, within 1 %, and old calls are forgotten', async () => {
  const { clock, monitor } = newMonitor({ windowMs: 10_000 });
  for (let ms = 1; ms <= 100; ms++) await clock.run(monitor.trackOperation('a', () => clock.sleep(ms)));
  const { recent } = monitor.operation('a') ?? expect.fail();
  expect(recent.calls).toBe(100);
  for (const [value, is] of [
    [recent.p50Ms, 50],
    [recent.p95Ms, 95],
    [recent.p99Ms, 99],
    [recent.maxMs, 100],
    [recent.meanMs, 50.5],
  ] as const) {
    expect(Math.abs(value - is) / is).toBeLessThanOrEqual(0.011);
  }
  await clock.advance(10_000);
  expect(monitor.operation('a')).toMatchObject({ successes: 100, recent: { calls: 0, maxMs: 0 } });
});

test('a million names become one operation beyond the limit', () => {
  const { monitor } = newMonitor({ maxOperations: 10 });
  for (let each = 0; each < 1_000_000; each++) monitor.trackOperation(`user-${each}`, () => each);
  expect(monitor.operations().map(({ name }) => name)).toEqual([
    ...Array.from({ length: 10 }, (_, each) => `user-${each}`),
    OVERFLOW,
  ]);
  expect(monitor.operation(OVERFLOW)?.successes).toBe(999_990);
});

test('whoever takes the figures and throws does not break the work, and is counted', () => {
  const broken = () => {
    throw new Error('broken metrics');
  };
  const { monitor } = newMonitor({
    metrics: { durations: { labels: () => ({ observe: broken }) }, errors: { labels: broken } },
    onSlow: broken,
  });
  expect(monitor.trackOperation('a', () => 1)).toBe(1);
  const error = new Error('own');
  expect(() =>
    monitor.trackOperation('a', () => {
      throw error;
    }),
  ).toThrow(error);
  expect(monitor.lost).toBe(2);
});

test('wrap keeps this, arguments and type', () => {
  const { monitor } = newMonitor();
  const add = monitor.wrap('add', function (this: { base: number }, more: number) {
    return this.base + more;
  });
  expectTypeOf(add).returns.toEqualTypeOf<number>();
  expect(add.call({ base: 40 }, 2)).toBe(42);
  expect(monitor.operation('add')?.successes).toBe(1);
});

test('the syntax: what tsc makes of @tracked keeps this, statics and private methods', async () => {
  const { monitor } = newMonitor();
  const source = `
    class Mixer {
      #gain = 2;
      static made = 0;
      @tracked('mix') mix(sample: number): number { return this.#apply(sample); }
      @tracked('apply') #apply(sample: number): number { return sample * this.#gain; }
      @tracked('load') async load(): Promise<never> { throw new Error('no disk'); }
      @tracked('make') static make(): Mixer { this.made++; return new Mixer(); }
    }
    return Mixer;`;
  const { outputText } = ts.transpileModule(`function make() {${source}}`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  expect(outputText).not.toContain('@tracked');
  const { tracked } = monitor;
  const Mixer = new Function('tracked', `${outputText}; return make();`)(tracked);
  const mixer = Mixer.make();
  expect(mixer.mix(21)).toBe(42);
  await expect(mixer.load()).rejects.toThrow('no disk');
  expect(monitor.operations().map(({ name, successes, errors }) => [name, successes, errors])).toEqual([
    ['make', 1, 0],
    ['mix', 1, 0],
    ['apply', 1, 0],
    ['load', 0, 1],
  ]);
});

test.each(['field', 'getter', 'class'])('refuses to track a %s', (kind) => {
  const { monitor } = newMonitor();
  const decorate = () => monitor.tracked('x')(() => 1, { kind });
  expect(decorate).toThrow(new TypeError(`functions and methods can be tracked; got a ${kind}`));
});

test.each([{ slowMs: 0 }, { windowMs: -1 }, { maxOperations: 1.5 }, { onSlow: 7 as never }])(
  'refuses %j',
  (options) => {
    expect(() => newMonitor(options)).toThrow(/of the PerformanceMonitor must be/);
  },
);

test('refuses a name that is no text', () => {
  expect(() => newMonitor().monitor.trackOperation('', () => 1)).toThrow('name of the operation must be');
});
