import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import { createOperation, Fault } from '../../faults/index.ts';
import { SimulatedClock, systemClock } from '../../time/index.ts';
import {
  type Attempt,
  breaker,
  breakerState,
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

  test.each(['abandon', 'cooperative'] as const)(
    'the caller stands in the stack of what the work throws after a wait, with mode %s',
    async (mode) => {
      const work = async () => {
        await systemClock.sleep(1);
        throw new Error('deep down');
      };
      const protectedWork = pipeline(breaker({ name: 'x' }), timeout(1000, { mode }));
      async function theCaller() {
        await protectedWork.run(work);
      }
      await expect(theCaller()).rejects.toHaveProperty('stack', expect.stringContaining('theCaller'));
    },
  );

  test('hears of progress also when the work takes that off its attempt', async () => {
    let calls = 0;
    const run = pipeline(retry({ backoff: () => 0 }), timeout(1000)).run(async ({ progress }) => {
      calls++;
      progress('output');
      throw flaky;
    });
    await expect(run).rejects.toBe(flaky);
    expect(calls).toBe(1);
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
    expect(breakerState(probe)).toMatchObject({ state: 'closed', failuresInARow: 0 });
  });
});

describe('wrap', () => {
  test('protects a function and keeps its arguments', async () => {
    const add = pipeline(retry(), timeout(100)).wrap(async (a: number, b: number) => a + b);
    expectTypeOf(add).toEqualTypeOf<(a: number, b: number) => Promise<number>>();
    expect(await add(1, 2)).toBe(3);
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
      return breakerState(counter);
    };
    const again = retry({ maxAttempts: 3, backoff: () => 0 });
    expect(await count((counter) => pipeline(again, counter))).toMatchObject({ failuresInARow: 3 });
    expect(await count((counter) => pipeline(counter, again))).toMatchObject({ failuresInARow: 1 });
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
      'a pipeline must be of options, if any, and policies; got ',
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

test('work that throws at once leaves its layers once, also when a fallback is waited for', async () => {
  const clock = new SimulatedClock();
  const policies = pipeline(
    { clock },
    fallback(() => clock.sleep(1).then(() => 'fallback')),
    timeout(5),
  );
  const hangs = policies.run(() => new Promise<string>(() => undefined));
  const throws = policies.run((): string => {
    throw new Error('at once');
  });
  expect(await clock.run(throws)).toBe('fallback');
  expect(clock.monotonicMs()).toBe(1);
  expect(await clock.run(hangs)).toBe('fallback');
  expect(clock.monotonicMs()).toBe(6);
});

test('work that throws at once inside of a retry waits, and is tried again', async () => {
  const clock = new SimulatedClock();
  let calls = 0;
  const run = pipeline({ clock }, retry({ backoff: () => 10 })).run(() => {
    if (++calls === 1) throw new Error('at once');
    return calls;
  });
  expect(await clock.run(run)).toBe(2);
  expect(clock.monotonicMs()).toBe(10);
});
