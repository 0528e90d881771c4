import { describe, expect, test } from 'vitest';
import { defineFaults, severity } from '../faults/index.ts';
import { timeoutFaults } from '../policies/index.ts';
import type { SimulatedClock } from '../time/index.ts';
import { ErrorHandler } from './error-handler.ts';
import { faultCleared, faultRaised, faultStorm, recoveryFinished } from './recovery-signals.ts';
import type { RecoveryResult, RecoveryStrategy } from './recovery-strategy.ts';
import { defaultFallback, restart } from './strategies/index.ts';
import { declare, faults, here, inVain, mended, workshop } from './workshop.fixture.ts';

describe('each severity has its default action', () => {
  test.each(['DETAIL', 'NOTE'] as const)('%s is said as a signal, no more', async (code) => {
    const { handler, said, calls } = workshop();
    const response = await handler.handleError(faults[code]({}), here);
    expect(response).toMatchObject({ handled: true, recovered: false, fallbackUsed: false });
    expect(said).toEqual(['fault.raised']);
    expect(calls).toEqual([]);
    expect(handler.currentFaults()).toEqual([]);
  });

  test('HICCUP, a WARNING, is recovered from; only those who asked for warnings are told', async () => {
    const { handler, said } = workshop();
    const told: string[] = [];
    handler.subscribe(() => told.push('errors'));
    handler.subscribe(() => told.push('warnings'), severity.WARNING);
    const response = await handler.handleError(faults.HICCUP({}), here);
    expect(response).toMatchObject({ handled: true, recovered: true, message: 'mended' });
    expect(said).toEqual(['fault.raised', 'fault.cleared', 'recovery.finished']);
    expect(told).toEqual(['warnings']);
  });

  test('BROKE, an ERROR, also falls back when its recovery fails, and subscribed modules are told', async () => {
    const fallback: RecoveryStrategy = {
      name: 'default_fallback',
      recover: () => ({ success: true, fallbackUsed: true, message: 'silence', output: 'zeros' }),
    };
    const { handler } = workshop(() => inVain, { strategies: [fallback] });
    const told: unknown[] = [];
    handler.subscribe(({ recovered }, component) => told.push([component, recovered]));
    expect(await handler.handleError(faults.BROKE({}), here)).toMatchObject({
      handled: true,
      recovered: true,
      fallbackUsed: true,
      output: 'zeros',
      message: 'silence',
      userMessage: 'Something is amiss.',
    });
    expect(told).toEqual([['mixer', true]]);
  });

  test('a WARNING does not fall back', async () => {
    const fallback: RecoveryStrategy = { name: 'default_fallback', recover: () => mended };
    const { handler } = workshop(() => inVain, { strategies: [fallback] });
    expect(await handler.handleError(faults.HICCUP({}), here)).toMatchObject({
      handled: true,
      recovered: false,
      message: 'it cannot be mended',
    });
  });

  test('COLLAPSED, a CRITICAL, also alerts at once and has its component restarted after the recovery', async () => {
    const restarts: unknown[] = [];
    const { handler, said, signals } = workshop(() => inVain, {
      strategies: [restart({ restart: (component, fault) => restarts.push([component, fault.code]) > 0 })],
    });
    const alerts: unknown[] = [];
    signals.on(faultRaised, ({ data }) => {
      if (data.fault.severity === severity.CRITICAL) alerts.push(restarts.length);
    });
    const response = await handler.handleError(faults.COLLAPSED({}), here);
    expect(alerts).toEqual([0]);
    expect(restarts).toEqual([['mixer', 'COLLAPSED']]);
    expect(said).toEqual(['fault.raised', 'recovery.finished', 'fault.cleared', 'recovery.finished']);
    expect(response).toMatchObject({ handled: true, recovered: true, message: 'Restarted mixer' });
  });

  test('one that needs no recovery of its own is restarted, too; one that nobody restarts is told', async () => {
    const needy = defineFaults('test', { DEAD: declare(severity.CRITICAL, 'none') });
    const restarts: string[] = [];
    const { handler, said } = workshop(undefined, {
      strategies: [restart({ restart: (component) => restarts.push(component) > 0 })],
    });
    expect(await handler.handleError(needy.DEAD({}), here)).toMatchObject({ recovered: true });
    expect(restarts).toEqual(['mixer']);
    expect(said).toEqual(['fault.raised', 'fault.cleared', 'recovery.finished']);
    const alone = workshop();
    const told: string[] = [];
    alone.handler.subscribe(({ fault }) => told.push(fault.code));
    const response = await alone.handler.handleError(needy.DEAD({}), here);
    expect(response).toMatchObject({ handled: true, recovered: false, message: 'it needs no recovery' });
    expect(told).toEqual(['DEAD']);
  });

  test('a broken restart keeps nobody from being told', async () => {
    const broken = () => {
      throw new Error('no supervisor');
    };
    const { handler } = workshop(() => inVain, { strategies: [restart({ restart: broken })] });
    const told: string[] = [];
    handler.subscribe(({ fault }) => told.push(fault.code));
    await handler.handleError(faults.COLLAPSED({}), here);
    expect(told).toEqual(['COLLAPSED']);
  });
});

test('what was cancelled is no failure: nothing is said or done', async () => {
  const { handler, said, calls } = workshop();
  const error = new DOMException('the listener left', 'AbortError');
  expect(await handler.handleError(error, here)).toMatchObject({ handled: true, recovered: false });
  expect([said, calls, handler.currentFaults()]).toEqual([[], [], []]);
});

test('an unknown strategy is not handled, and the answer says which are known', async () => {
  const { handler } = workshop();
  expect(await handler.handleError(faults.ORPHANED({}), here)).toMatchObject({
    handled: false,
    recovered: false,
    message: 'nobody_knows failed itself: Error: it is unknown; known are mend',
  });
  expect(handler.currentFaults('mixer')).toHaveLength(1);
});

test('a fault that needs no recovery is handled', async () => {
  const { handler } = workshop();
  const response = await handler.handleError(faults.HARMLESS({}), here);
  expect(response).toMatchObject({ handled: true, recovered: false, message: 'it needs no recovery' });
});

test.each([undefined, null, 'a text', Symbol('odd'), { code: 'ECONNREFUSED' }, new Proxy({}, {})])(
  'handles %s without throwing',
  async (thrown) => {
    const { handler } = workshop();
    const response = await handler.handleError(thrown, here);
    expect(response.fault.system).toBe('kernel');
    expect(response.handled).toBe(false);
  },
);

test('a missing context, or one that throws, does not keep it from handling', async () => {
  const { handler } = workshop(() => mended);
  const hostile = new Proxy(here, {
    ownKeys: () => {
      throw new Error('hands off');
    },
  });
  for (const context of [undefined, null, 'mixer', hostile]) {
    const response = await handler.handleError(faults.BROKE({}), context as never);
    expect(response).toMatchObject({ recovered: true, fault: { code: 'BROKE' } });
  }
});

test.each([undefined, null, 7, Symbol('odd'), Object.create(null)])(
  'a component that is no text is the usual one, and does not keep it from handling: case %#',
  async (component) => {
    const { handler } = workshop(() => inVain, { component: 'mixer' });
    await handler.handleError(faults.BROKE({}), { component, audioId: 'a7' });
    expect(handler.currentFaults('mixer')).toMatchObject([{ context: { ...here, audioId: 'a7' } }]);
    expect(await handler.recover(faults.BROKE({}), 'mend', { component })).toMatchObject({ handled: true });
  },
);

test('answers that are not true are no success', async () => {
  for (const answer of [{}, { success: 'yes' }, 7]) {
    const { handler } = workshop(() => answer as unknown as RecoveryResult);
    expect(await handler.handleError(faults.BROKE({}), here)).toMatchObject({ recovered: false });
  }
});

test.each([
  ['throws', () => Promise.reject(new Error('no spare parts')), 'Error: no spare parts'],
  [
    'throws at once',
    () => {
      throw new Error('no spare parts');
    },
    'Error: no spare parts',
  ],
  [
    'answers something that throws',
    () =>
      ({
        success: true,
        get message() {
          throw new Error('hands off');
        },
      }) as unknown as RecoveryResult,
    'Error: hands off',
  ],
  ['answers nothing', () => undefined as unknown as RecoveryResult, 'TypeError'],
])('a strategy that %s is an outcome, reported and not handled again', async (_, recover, problem) => {
  const { handler, said, calls } = workshop(recover);
  const response = await handler.handleError(faults.BROKE({}), here);
  expect(response.handled).toBe(false);
  expect(response.message).toContain(`mend failed itself: ${problem}`);
  expect(calls).toHaveLength(1);
  expect(said.filter((type) => type === 'fault.raised')).toHaveLength(1);
});

test('a strategy that never ends is aborted when its time is up, and a late answer is ignored', async () => {
  const late = Promise.withResolvers<RecoveryResult>();
  const signals: AbortSignal[] = [];
  const { handler, clock } = workshop(
    (_, __, { signal }) => {
      signals.push(signal);
      return late.promise;
    },
    { strategyTimeoutMs: 2000 },
  );
  const response = await clock.run(handler.handleError(faults.BROKE({}), here));
  expect(response).toMatchObject({ handled: false, recovered: false, durationMs: 2000 });
  expect(timeoutFaults.TIMED_OUT.matches(signals[0]?.reason)).toBe(true);
  expect(response.failure).toBe(signals[0]?.reason);
  late.resolve(mended);
  await clock.advance(0);
  expect(handler.currentFaults()).toHaveLength(1);
});

test('a recovery that aborts something of its own has failed, and there is a fallback for that', async () => {
  const fallback: RecoveryStrategy = { name: 'default_fallback', recover: () => mended };
  const cancel = () => Promise.reject(new DOMException('the listener left', 'AbortError'));
  const { handler } = workshop(cancel, { strategies: [fallback] });
  const response = await handler.handleError(faults.BROKE({}), here);
  expect(response).toMatchObject({ handled: true, recovered: true });
});

test('a flood of one fault takes nothing from the others', async () => {
  let mends = 0;
  const { handler } = workshop(() => {
    mends++;
    return Promise.resolve(mended);
  });
  for (let i = 0; i < 5000; i++) await handler.handleError(new Error('meter'), { component: 'meter' });
  mends = 0;
  expect(await handler.handleError(faults.BROKE({}), here)).toMatchObject({ handled: true, recovered: true });
  expect(mends).toBe(1);
});

test('those who wait for the same recovery do not use up its limit', async () => {
  const mend = Promise.withResolvers<RecoveryResult>();
  let mends = 0;
  const { handler } = workshop(() => {
    mends++;
    return mend.promise;
  });
  const waiting = Array.from({ length: 500 }, () => handler.handleError(faults.BROKE({}), here));
  mend.resolve(mended);
  await Promise.all(waiting);
  expect(mends).toBe(1);
  expect(await handler.handleError(faults.BROKE({}), here)).toMatchObject({ recovered: true });
  expect(mends).toBe(2);
});

test('a strategy may have its own time; its recoveries share one timer', async () => {
  const slow: RecoveryStrategy = {
    name: 'nobody_knows',
    timeoutMs: 50,
    recover: () => Promise.withResolvers<RecoveryResult>().promise,
  };
  const { handler, clock } = workshop(undefined, { strategies: [slow] });
  const response = await clock.run(handler.handleError(faults.ORPHANED({}), here));
  expect(response.durationMs).toBe(50);
  for (let time = 0; time < 50; time++) await handler.handleError(faults.BROKE({}), here);
  expect(clock.waitingTimers).toBe(1);
});

test('durationMs is elapsed, and userMessage that of the strategy where it has one', async () => {
  const box: { clock?: SimulatedClock } = {};
  const { handler, clock } = workshop(async () => {
    await box.clock?.sleep(120);
    return { ...mended, userMessage: 'Back again.' };
  });
  box.clock = clock;
  const response = await clock.run(handler.handleError(faults.BROKE({}), here));
  expect(response).toMatchObject({ durationMs: 120, userMessage: 'Back again.' });
});

test('what a recovery made is answered, and told to nobody else: it may be audio', async () => {
  const { handler, signals } = workshop(() => ({ ...inVain, output: 'a secret' }), {
    strategies: [{ name: 'default_fallback', recover: () => ({ ...mended, output: 'a secret' }) }],
  });
  const said: unknown[] = [];
  signals.onAny(({ type, data }) => said.push([type, data]));
  expect(await handler.handleError(faults.BROKE({}), here)).toMatchObject({ output: 'a secret' });
  expect(said).toHaveLength(4);
  expect(JSON.stringify(said)).not.toContain('a secret');
});

test('subscribers of a recovery that ended at once report news of their own, not a part of it', async () => {
  const { handler, calls, clock } = workshop();
  const told: string[] = [];
  handler.subscribe(async (_, component) => {
    told.push(component);
    if (told.length < 6) await handler.handleError(faults.BROKE({}), { component: `${component}'` });
  });
  await handler.handleError(faults.BROKE({}), here);
  await clock.advance(0);
  expect(told).toHaveLength(6);
  expect(calls).toHaveLength(6);
});

test('a CRITICAL fault whose recovery is the restart does not have it restarted twice', async () => {
  const declaredRestart = defineFaults('test', { HUNG: declare(severity.CRITICAL, 'restart') });
  const restarts: string[] = [];
  const { handler } = workshop(undefined, {
    strategies: [restart({ restart: (component) => restarts.push(component) > 0 })],
  });
  expect(await handler.handleError(declaredRestart.HUNG({}), here)).toMatchObject({ recovered: true });
  expect(restarts).toEqual(['mixer']);
});

test('a CRITICAL fault whose fallback was the restart does not have it restarted twice', async () => {
  const restarts: string[] = [];
  const strategies = [restart({ restart: (component) => restarts.push(component) > 0 })];
  const { handler } = workshop(() => inVain, { strategies, fallback: 'restart' });
  expect(await handler.handleError(faults.COLLAPSED({}), here)).toMatchObject({ recovered: true });
  expect(restarts).toEqual(['mixer']);
});

test('a CRITICAL fault has its component restarted once, however many report it, and though it was recovered from', async () => {
  const restarts: string[] = [];
  const gate = Promise.withResolvers<RecoveryResult>();
  const { handler } = workshop(() => gate.promise, {
    strategies: [restart({ restart: (component) => restarts.push(component) > 0 })],
  });
  const reports = [1, 2, 3].map(() => handler.handleError(faults.COLLAPSED({}), here));
  gate.resolve(mended);
  for (const response of await Promise.all(reports)) expect(response).toMatchObject({ message: 'mended' });
  expect(restarts).toEqual(['mixer']);
});

test.each([faultCleared, recoveryFinished])(
  'a fault that is reported when it is told to be over is news, and stays current: %j',
  async (over) => {
    let mends = 0;
    const { handler, signals } = workshop(() => (mends++ === 0 ? mended : inVain));
    const again: Promise<unknown>[] = [];
    const stop = signals.on<unknown>(over, () => {
      stop();
      again.push(handler.handleError(faults.BROKE({}), here));
    });
    await handler.handleError(faults.BROKE({}), here);
    expect(await Promise.all(again)).toMatchObject([{ recovered: false }]);
    expect(handler.currentFaults()).toHaveLength(1);
  },
);

describe('current faults', () => {
  test('are kept for each component, the latest of each kind, and cleared by hand', async () => {
    const { handler, said } = workshop(() => inVain);
    await handler.handleError(faults.BROKE({ attempt: 1 }), here);
    await handler.handleError(faults.BROKE({ attempt: 2 }), here);
    await handler.handleError(faults.HICCUP({}), here);
    await handler.handleError(faults.BROKE({}), { component: 'reverb' });
    expect(handler.currentFaults('mixer')).toMatchObject([
      { fault: { code: 'BROKE', context: { attempt: 2 } }, context: here },
      { fault: { code: 'HICCUP' } },
    ]);
    handler.clear('mixer', 'HICCUP');
    handler.clear('reverb');
    expect(handler.currentFaults().map(({ context }) => context.component)).toEqual(['mixer']);
    handler.clear('mixer');
    expect(handler.currentFaults()).toEqual([]);
    expect(said.filter((type) => type === 'fault.cleared')).toHaveLength(3);
  });

  test('are forgotten by a recovery that succeeds', async () => {
    let works = false;
    const { handler } = workshop(() => (works ? mended : inVain));
    await handler.handleError(faults.BROKE({}), here);
    expect(handler.currentFaults()).toHaveLength(1);
    works = true;
    await handler.handleError(faults.BROKE({}), here);
    expect(handler.currentFaults()).toEqual([]);
  });

  test('are bounded: the stalest goes', async () => {
    const { handler } = workshop(() => inVain);
    const others = Array.from({ length: 998 }, (_, i) => `${i}`);
    for (const component of ['a', 'b', ...others, 'a', 'c', 'd'])
      await handler.handleError(faults.BROKE({}), { component });
    const components = handler.currentFaults().map(({ context }) => context.component);
    expect(components).toEqual([...others.slice(1), 'a', 'c', 'd']);
  });
});

test('equal faults of a component at once share one recovery; another component has its own', async () => {
  const gate = Promise.withResolvers<RecoveryResult>();
  const { handler, calls, clock } = workshop(() => gate.promise);
  const told: string[] = [];
  handler.subscribe((_, component) => told.push(component));
  const shared = faults.BROKE({ attempt: 3 });
  const all = Promise.all([
    handler.handleError(faults.BROKE({ attempt: 1 }), here),
    handler.handleError(faults.BROKE({ attempt: 2 }), here),
    handler.handleError(shared, here),
    handler.handleError(shared, here), // Two who awaited the same promise report the same error.
    handler.handleError(faults.BROKE({}), { component: 'reverb' }),
  ]);
  await clock.advance(10);
  expect(calls).toHaveLength(2);
  gate.resolve(mended);
  const responses = await all;
  expect(responses.map(({ recovered }) => recovered)).toEqual([true, true, true, true, true]);
  expect(responses.map(({ fault }) => fault.context['attempt'])).toEqual([1, 2, 3, 3, undefined]);
  expect(told).toEqual(['mixer', 'reverb']);
  await handler.handleError(faults.BROKE({}), here);
  expect(calls).toHaveLength(3);
});

test('subscribers that throw or reject are isolated and counted, and may stop', async () => {
  const { handler, clock } = workshop();
  const told: string[] = [];
  handler.subscribe(() => {
    throw new Error('broken module');
  });
  handler.subscribe(async () => {
    throw new Error('broken later');
  });
  const stop = handler.subscribe(() => told.push('told'));
  await handler.handleError(faults.BROKE({}), here);
  stop();
  await handler.handleError(faults.BROKE({}), here);
  await clock.advance(0);
  expect(told).toEqual(['told']);
  expect(handler.counts).toMatchObject({
    listenerErrors: 4,
    lastListenerError: new Error('broken later'),
  });
});

describe('no loops', () => {
  test('a strategy that reports its own fault with its context is refused at once', async () => {
    const answers: unknown[] = [];
    const { handler, calls, clock } = workshop(async (fault, context) => {
      await clock.sleep(5);
      answers.push(await handler.handleError(faults.BROKE({}), { ...context, more: fault.code }));
      return inVain;
    });
    await clock.run(handler.handleError(faults.BROKE({}), here));
    expect(answers).toMatchObject([
      {
        handled: false,
        message: 'refused: within a recovery',
      },
    ]);
    expect(calls).toHaveLength(1);
    expect(clock.monotonicMs()).toBe(5);
  });

  test('so is one that reports before it has awaited anything, with whatever context', async () => {
    const { handler, calls, clock } = workshop(async () => {
      await handler.handleError(faults.BROKE({}), { component: 'mixer' });
      return inVain;
    });
    await handler.handleError(faults.BROKE({}), here);
    expect(calls).toHaveLength(1);
    expect(clock.monotonicMs()).toBe(0);
  });

  test('one handler that hands over to another of the same fault is no loop; two that hand it to and fro are', async () => {
    const handlers: ErrorHandler[] = [];
    let handed = 0;
    const handOver = (to: number): RecoveryStrategy => ({
      name: 'mend',
      recover: async (fault, context) => {
        handed++;
        const { recovered } = (await handlers[to]?.handleError(fault, context)) ?? { recovered: false };
        return { ...inVain, success: recovered };
      },
    });
    const top = new ErrorHandler({ strategies: [{ name: 'mend', recover: () => mended }] });
    handlers.push(top, new ErrorHandler({ strategies: [handOver(0)] }));
    expect(await handlers[1]?.handleError(faults.BROKE({}), here)).toMatchObject({ recovered: true });
    handlers[0] = new ErrorHandler({ strategies: [handOver(1)] });
    handed = 0;
    expect(await handlers[1]?.handleError(faults.BROKE({}), here)).toMatchObject({ recovered: false });
    expect(handed).toBe(2);
  });

  test('one that cannot be told apart waits for itself, until its time is up', async () => {
    const { handler, calls, clock } = workshop(
      async () => {
        await clock.sleep(5);
        return await handler.handleError(faults.BROKE({}), { component: 'mixer' }).then(() => mended);
      },
      { strategyTimeoutMs: 1000 },
    );
    const response = await clock.run(handler.handleError(faults.BROKE({}), here));
    expect(response).toMatchObject({ handled: false, durationMs: 1000 });
    expect(calls).toHaveLength(1);
  });

  test('a recovery leads to no other: what it reports is kept, and refused', async () => {
    const { handler, calls, clock } = workshop(async (_, context) => {
      const component = `${context.component}+`;
      const { recovered } = await handler.handleError(faults.BROKE({}), { ...context, component });
      return recovered ? mended : inVain;
    });
    const response = await handler.handleError(faults.BROKE({}), here);
    expect(calls).toHaveLength(1);
    expect(response.recovered).toBe(false);
    expect(handler.currentFaults('mixer+')).toHaveLength(1);
    expect(clock.monotonicMs()).toBe(0);
  });

  test('two recoveries that report each other do not wait for each other', async () => {
    const other = { component: 'reverb' };
    const { handler, clock } = workshop(async (_, context) => {
      await clock.sleep(5);
      const { component } = context.component === 'mixer' ? other : here;
      await handler.handleError(faults.BROKE({}), { ...context, component });
      return mended;
    });
    const both = [handler.handleError(faults.BROKE({}), here), handler.handleError(faults.BROKE({}), other)];
    const responses = await clock.run(Promise.all(both));
    expect(responses.map(({ recovered }) => recovered)).toEqual([true, true]);
    expect(clock.monotonicMs()).toBe(5);
  });

  test('a subscriber that reports a new error whenever it is told one ends in a storm', async () => {
    const { handler, calls, clock, said } = workshop(() => mended);
    let reports = 0;
    handler.subscribe(async () => {
      reports++;
      await clock.sleep(1);
      await handler.handleError(faults.BROKE({}), { component: 'subscriber' });
    });
    await handler.handleError(faults.BROKE({}), here);
    await clock.advance(5000);
    expect(reports).toBe(101);
    expect(calls).toHaveLength(101);
    expect(said.filter((type) => type === 'fault.storm')).toHaveLength(1);
  });

  test('a listener that reports an error of its own on every signal ends in a storm', async () => {
    const { handler, signals, calls } = workshop(() => mended);
    const lost: Promise<unknown>[] = [];
    for (const type of [faultRaised, faultStorm, faultCleared, recoveryFinished]) {
      signals.on<unknown>(type, () => {
        lost.push(handler.handleError(faults.COLLAPSED({}), { component: 'log' }));
      });
    }
    await handler.handleError(faults.BROKE({}), here);
    while (lost.length > 0) await lost.shift();
    expect(calls.length).toBeLessThanOrEqual(101);
    expect(signals.counts.listenerErrors).toBe(0);
  });

  test('faults with ever new names end, too: beyond 2000 they count as one', async () => {
    const { handler, calls, clock } = workshop(() => mended);
    let names = 0;
    handler.subscribe(() => handler.handleError(faults.BROKE({}), { component: `module-${names++}` }));
    await handler.handleError(faults.BROKE({}), here);
    await clock.advance(0);
    expect(calls).toHaveLength(2100);
  });

  test('after a storm, in the next window, all is handled again', async () => {
    const { handler, calls, clock } = workshop(() => mended);
    const report = () => handler.handleError(faults.BROKE({}), here);
    for (let i = 0; i < 100; i++) expect(await report()).toMatchObject({ handled: true });
    expect(await report()).toMatchObject({ handled: false, message: 'refused: storm' });
    await clock.advance(10_000);
    expect(await report()).toMatchObject({ handled: true });
    expect(calls).toHaveLength(101);
  });
});

test.each<[object, string]>([
  [{ strategyTimeoutMs: 0 }, 'ms of the timeout must be a number above 0'],
  [{ strategies: [{ name: 'mend', recover: () => mended }] }, 'got mend'],
  [{ strategies: [{ name: 'none', recover: () => mended }] }, 'got none'],
  [{ strategies: [{ name: '', recover: () => mended }] }, 'must be its own'],
  [{ strategies: [{ name: 'slow', timeoutMs: -1, recover: () => mended }] }, 'ms of the timeout'],
])('refuses %j', (options, message) => {
  expect(() => workshop(undefined, options)).toThrow(RangeError);
  expect(() => workshop(undefined, options)).toThrow(message);
});

test('refuses what is no function', () => {
  expect(() => workshop(undefined, { reporter: true as never })).toThrow(TypeError);
});

describe('the handler of one service', () => {
  const context = { audioId: 'a7', duration: 3.5, qualityScore: 0.4, threshold: 0.8 };

  test('handles an error in the name of the service, and its reporter has fault and context', async () => {
    const reported: unknown[] = [];
    const { handler } = workshop(() => mended, {
      component: 'audio_enhancement',
      reporter: (...told) => reported.push(told),
    });
    const error = faults.BROKE({});
    expect(await handler.handleError(error, context)).toMatchObject({ fault: error, recovered: true });
    await handler.handleError(error, { component: 'denoiser' });
    expect(reported).toEqual([
      [error, { ...context, component: 'audio_enhancement' }],
      [error, { component: 'denoiser' }],
    ]);
  });

  test('a reporter that throws reaches nobody, and is counted', async () => {
    const { handler } = workshop(() => mended, {
      reporter: () => {
        throw new Error('the tracker is away');
      },
    });
    expect(await handler.handleError(faults.BROKE({}))).toMatchObject({ recovered: true });
    expect(handler.counts.listenerErrors).toBe(1);
  });

  test('recovers with the fallback, whose output goes on in place of what failed', async () => {
    const plain = defaultFallback({
      answer: (_, { audioId, component }) => `plain ${audioId} of ${component}`,
    });
    const { handler } = workshop(() => inVain, { component: 'audio_enhancement', strategies: [plain] });
    expect(await handler.recover(faults.BROKE({}), 'fallback', context)).toMatchObject({
      success: true,
      fallbackUsed: true,
      output: 'plain a7 of audio_enhancement',
    });
  });
});
