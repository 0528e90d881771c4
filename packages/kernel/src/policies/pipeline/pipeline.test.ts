import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import { createOperation, Fault } from '../../faults/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import {
  type Attempt,
  breaker,
  exponential,
  fallback,
  type Pipeline,
  type Policy,
  pipeline,
  retry,
  timeout,
} from '../index.ts';

const flaky = new Error('flaky');
const never = (attempt: Attempt) =>
  new Promise<never>((_resolve, reject) => {
    attempt.signal.addEventListener('abort', () => reject(attempt.signal.reason));
  });
const waits = exponential({ baseMs: 100, jitter: 'none' });

/** A promise of somebody else's making. */
class Thenable {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  // biome-ignore lint/suspicious/noThenProperty: this is what is being tested
  then(resolve: (value: unknown) => void): void {
    resolve(this.#value);
  }
}

describe('a run', () => {
  test('answers what the work answers, promise or not', async () => {
    const plain = pipeline();
    expect(await plain.run(() => 1)).toBe(1);
    expect(await plain.run(async () => 2)).toBe(2);
    expect(await plain.run(() => new Thenable(3) as unknown as Promise<number>)).toBe(3);
    expect(await plain.run(() => undefined)).toBeUndefined();
  });

  test('rejects with the error itself, thrown or rejected', async () => {
    const plain = pipeline(timeout(50));
    const fail = () => {
      throw flaky;
    };
    await expect(plain.run(fail)).rejects.toBe(flaky);
    await expect(plain.run(async () => fail())).rejects.toBe(flaky);
    await expect(plain.run(() => Promise.reject(undefined))).rejects.toBeUndefined();
  });

  test('counts its attempts from 1, whichever retry asks for them', async () => {
    const numbers: number[] = [];
    const twice = { maxAttempts: 2, backoff: () => 0 };
    const run = pipeline(retry(twice), retry(twice)).run(({ number }) => {
      numbers.push(number);
      throw flaky;
    });
    await expect(run).rejects.toBe(flaky);
    expect(numbers).toEqual([1, 2, 3, 4]);
  });

  test('belongs to the operation it is given, and to one of its own otherwise', async () => {
    const operation = createOperation('answer turn');
    const named = pipeline({ name: 'llm' }, retry({ backoff: () => 0 }));
    expect(await named.run((attempt) => attempt.operation, { operation })).toBe(operation);
    expect(await named.run((attempt) => attempt.operation.name)).toBe('llm');
    const seen = new Set<string>();
    const own = await named.run(
      (attempt) => {
        seen.add(attempt.operation.id);
        if (attempt.number < 3) throw flaky;
        return attempt.operation;
      },
      { name: 'summarise' },
    );
    expect(own.name).toBe('summarise');
    expect([...seen]).toEqual([own.id]);
  });

  test('makes a controller only for work that reads its signal', async () => {
    const made = vi.spyOn(globalThis, 'AbortController');
    const policies = pipeline(fallback(0), retry(), breaker({ name: 'x' }), timeout(1000));
    await policies.run(async () => 1, { signal: AbortSignal.timeout(1000) });
    expect(made).toHaveBeenCalledTimes(0);
    await policies.run(async ({ signal }) => signal.aborted);
    expect(made).toHaveBeenCalledTimes(1);
  });

  test('survives a predicate that throws: the call fails of that, and every policy outside still hears of it', async () => {
    const clock = new SimulatedClock();
    const mistake = new RangeError('in the predicate');
    const probe = breaker({ name: 'x', consecutive: 1, openMs: 10, isFailure: (error) => error !== mistake });
    const run = pipeline(
      { clock },
      timeout(100),
      probe,
      retry({
        retryOn: () => {
          throw mistake;
        },
      }),
    ).run(() => Promise.reject(flaky));
    await expect(run).rejects.toBe(mistake);
    expect(probe.state).toMatchObject({ state: 'closed', consecutiveFailures: 0 });
  });
});

describe('wrap', () => {
  test('protects a function and keeps its arguments', async () => {
    const add = pipeline(retry(), timeout(100)).wrap(async (a: number, b: number) => a + b);
    expectTypeOf(add).toEqualTypeOf<(a: number, b: number) => Promise<number>>();
    expect(await add(1, 2)).toBe(3);
  });
});

describe('cancelled by the caller', () => {
  const reason = new Error('barge-in');

  test('before the start: the work is not called', async () => {
    let calls = 0;
    const run = pipeline(fallback('instead'), retry(), timeout(10)).run(
      () => {
        calls++;
        return '';
      },
      { signal: AbortSignal.abort(reason) },
    );
    await expect(run).rejects.toBe(reason);
    expect(calls).toBe(0);
  });

  test('during a wait: the run ends at once and calls nothing again', async () => {
    const clock = new SimulatedClock();
    const caller = new AbortController();
    let calls = 0;
    const run = pipeline({ clock }, retry({ backoff: () => 60_000 })).run(
      async () => {
        calls++;
        throw flaky;
      },
      { signal: caller.signal },
    );
    clock.schedule(20, () => caller.abort(reason));
    await expect(clock.run(run)).rejects.toBe(reason);
    expect(clock.monotonicMs()).toBe(20);
    expect(clock.waitingTimers).toBe(0);
    expect(calls).toBe(1);
  });

  test('while the work runs: it is told, and the caller gets the own reason whatever the work says', async () => {
    const caller = new AbortController();
    let told: unknown;
    const run = pipeline(fallback('instead'), retry(), timeout(1000, { mode: 'cooperative' })).run(
      (attempt) =>
        never(attempt).catch(() => {
          told = attempt.signal.reason;
          throw new Error('socket closed');
        }),
      { signal: caller.signal },
    );
    caller.abort(reason);
    await expect(run).rejects.toBe(reason);
    expect(told).toBe(reason);
  });

  test('work that does not look at its signal is waited for, and its success counts', async () => {
    const clock = new SimulatedClock();
    const caller = new AbortController();
    const run = pipeline({ clock }, retry(), timeout(1000, { mode: 'cooperative' })).run(
      () => clock.sleep(50).then(() => 'done all the same'),
      { signal: caller.signal },
    );
    caller.abort(reason);
    expect(await clock.run(run)).toBe('done all the same');
  });

  test('an abandoning timeout answers the abort at once', async () => {
    const clock = new SimulatedClock();
    const caller = new AbortController();
    const run = pipeline({ clock }, timeout(1000)).run(() => clock.sleep(500), { signal: caller.signal });
    clock.schedule(20, () => caller.abort(reason));
    await expect(clock.run(run)).rejects.toBe(reason);
    expect(clock.monotonicMs()).toBe(20);
  });

  test('by the work itself, before it answers: an abandoning timeout does not wait for it', async () => {
    const caller = new AbortController();
    const run = pipeline(timeout(1000)).run(
      () => {
        caller.abort(reason);
        return new Promise(() => undefined);
      },
      { signal: caller.signal },
    );
    await expect(run).rejects.toBe(reason);
  });

  test('by a predicate: no wait begins', async () => {
    const clock = new SimulatedClock();
    const caller = new AbortController();
    const run = pipeline(
      { clock },
      retry({
        backoff: waits,
        retryOn: () => {
          caller.abort(reason);
          return true;
        },
      }),
    ).run(() => Promise.reject(flaky), { signal: caller.signal });
    await expect(run).rejects.toBe(reason);
    expect(clock.waitingTimers).toBe(0);
  });

  test('while a fallback answers: it is told too', async () => {
    const caller = new AbortController();
    const run = pipeline(fallback((_error, attempt) => never(attempt))).run(() => Promise.reject(flaky), {
      signal: caller.signal,
    });
    caller.abort(reason);
    await expect(run).rejects.toBe(reason);
  });
});

describe('the listeners on a signal', () => {
  const warnings: unknown[] = [];
  const onWarning = (warning: unknown) => warnings.push(warning);
  afterEach(() => process.off('warning', onWarning));

  test('10,000 calls on one signal leave none behind and make no warning', async () => {
    process.on('warning', onWarning);
    const caller = new AbortController();
    const { signal } = caller;
    const policies = pipeline(retry({ maxAttempts: 2, backoff: () => 0 }), timeout(60_000));
    const readsSignal = async (attempt: Attempt) => {
      if (attempt.number === 1) throw flaky;
      return attempt.signal.aborted;
    };
    const running = Array.from({ length: 10_000 }, () => policies.run(readsSignal, { signal }));
    expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(1);
    await Promise.all(running);
    for (let i = 0; i < 1000; i++) await policies.run(readsSignal, { signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test('a signal that is read after the run leaves none either', async () => {
    const { signal } = new AbortController();
    const attempt = await pipeline(retry()).run((given) => given, { signal });
    expect(attempt.signal.aborted).toBe(false);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('an abort reaches every one of many calls on one signal', async () => {
    const caller = new AbortController();
    const policies = pipeline(timeout(60_000, { mode: 'cooperative' }));
    const running = Array.from({ length: 100 }, () => policies.run(never, { signal: caller.signal }));
    caller.abort('all of you');
    const settled = await Promise.allSettled(running);
    expect(new Set(settled.map((one) => (one as PromiseRejectedResult).reason))).toEqual(
      new Set(['all of you']),
    );
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  });
});

describe('the order of policies', () => {
  test('a timeout outside of a retry limits all attempts and waits, inside each attempt', async () => {
    const clock = new SimulatedClock();
    const attempts: number[] = [];
    const run = pipeline(
      { clock, name: 'both' },
      timeout(1000),
      retry({ maxAttempts: 10, backoff: () => 50 }),
      timeout(300),
    ).run((attempt) => {
      attempts.push(clock.monotonicMs());
      return never(attempt);
    });
    await expect(clock.run(run)).rejects.toThrow('both: no answer within 1000 ms');
    expect(attempts).toEqual([0, 350, 700]);
    expect(clock.monotonicMs()).toBe(1000);
  });

  test('a breaker inside of a retry counts attempts, outside of it runs', async () => {
    const count = async (policies: (counter: Policy<never, unknown>) => Pipeline) => {
      const counter = breaker({ name: 'x', consecutive: 100 });
      await policies(counter)
        .run(() => Promise.reject(flaky))
        .catch(() => undefined);
      return counter.state;
    };
    const again = retry({ maxAttempts: 3, backoff: () => 0 });
    expect(await count((counter) => pipeline(again, counter))).toMatchObject({ consecutiveFailures: 3 });
    expect(await count((counter) => pipeline(counter, again))).toMatchObject({ consecutiveFailures: 1 });
  });
});

describe('types', () => {
  test('a run answers what the work answers or what a fallback does', () => {
    const policies = pipeline(fallback(null), retry(), breaker({ name: 'x' }), timeout(5));
    expectTypeOf(policies).toEqualTypeOf<Pipeline<null, unknown>>();
    expectTypeOf(policies.run(async () => 'text')).toEqualTypeOf<Promise<string | null>>();
    expectTypeOf(pipeline({ name: 'x' }, retry()).run(() => 1)).toEqualTypeOf<Promise<number>>();
    const two = pipeline(
      fallback(async () => 1n),
      fallback('none'),
    );
    expectTypeOf(two.run(() => true)).toEqualTypeOf<Promise<boolean | bigint | string>>();
  });

  test('a predicate on results says which work the policies are for', () => {
    const forTexts = pipeline(retry({ retryResult: (text: string) => text === '' }));
    expectTypeOf(forTexts).toEqualTypeOf<Pipeline<never, string>>();
    expectTypeOf(forTexts.run(() => 'text' as const)).toEqualTypeOf<Promise<'text'>>();
    // @ts-expect-error a number is no text
    void forTexts.run(() => 1).catch(() => undefined);
    const both = pipeline(
      retry({ retryResult: (result: { audio: Float32Array }) => result.audio.length === 0 }),
      breaker({ name: 'x', isFailureResult: (result: { text: string }) => result.text === '' }),
    );
    expectTypeOf(both.run<{ audio: Float32Array; text: string; ms: number }>)
      .parameter(0)
      .returns.resolves.toEqualTypeOf<{ audio: Float32Array; text: string; ms: number }>();
  });
});

test.each<[unknown[]]>([[[null]], [[42]], [[{}, {}]], [[retry(), {}]]])(
  'what is no policy is refused: %o',
  (given) => {
    expect(() => pipeline(...(given as never[]))).toThrow(
      'a pipeline is made of options, at most once and first',
    );
  },
);

test('a fault of a policy carries the operation of its run', async () => {
  const operation = createOperation('render');
  const clock = new SimulatedClock();
  const run = pipeline({ clock }, timeout(10)).run(never, { operation });
  const error = await clock.run(run.catch((thrown: unknown) => thrown));
  expect(error).toBeInstanceOf(Fault);
  expect((error as Fault).operationId).toBe(operation.id);
});
