import { describe, expect, expectTypeOf, test } from 'vitest';
import { defineFaults, fault, severity } from '../faults/index.ts';
import { breakerFaults } from '../policies/index.ts';
import { SimulatedClock } from '../time/index.ts';
import { circuitBreaker } from './circuit-breaker.ts';
import { withRetry } from './with-retry.ts';

class ConnectionError extends Error {}
const faults = defineFaults('test', {
  BUSY: fault({ category: 'test', severity: severity.WARNING, recovery: 'none', message: 'busy' }),
});

/** A service that fails so many times; it knows itself. */
class Service {
  calls = 0;
  readonly #failures: number;
  readonly #error: unknown;

  constructor(failures: number, error: unknown = new ConnectionError('away')) {
    this.#failures = failures;
    this.#error = error;
  }

  async enhance(audio: string): Promise<string> {
    if (++this.calls <= this.#failures) throw this.#error;
    return `better ${audio}`;
  }
}

describe('withRetry', () => {
  test('makes 3 attempts in all, with exponential backoff, and keeps this and the arguments', async () => {
    const clock = new SimulatedClock();
    const service = new Service(2);
    const enhance = withRetry({ maxRetries: 3, backoff: 'exponential', clock })(service.enhance);
    expect(await clock.run(enhance.call(service, 'voice'))).toBe('better voice');
    expect(service.calls).toBe(3);
    const worse = new Service(3);
    const failed = withRetry({ clock })(worse.enhance).call(worse, 'voice');
    await expect(clock.run(failed)).rejects.toThrow('away');
    expect(worse.calls).toBe(3);
  });

  test.each<[string, unknown, number]>([
    ['a class of errors', new ConnectionError('away'), 2],
    ['a declared fault', faults.BUSY({}), 2],
    ['nothing else', new Error('other'), 1],
  ])('with exceptions tries again %s', async (_, error, calls) => {
    const service = new Service(1, error);
    const enhance = withRetry({ exceptions: [ConnectionError, faults.BUSY], backoff: () => 0 })(
      service.enhance.bind(service),
    );
    await enhance('voice').catch(() => undefined);
    expect(service.calls).toBe(calls);
  });

  test('by itself does not try mistakes again, and tries no more than it is told', async () => {
    const mistaken = new Service(1, new TypeError('no function'));
    await expect(withRetry()(() => mistaken.enhance('x'))()).rejects.toThrow('no function');
    expect(mistaken.calls).toBe(1);
    expect(() => withRetry({ maxRetries: 0 })).toThrow(RangeError);
    expect(() => withRetry({ exceptions: ['Error' as never] })).toThrow(
      new TypeError('kind of the exceptions must be a function; got Error'),
    );
    expect(() => withRetry({ exceptions: [undefined as never] })).toThrow(
      new TypeError('kind of the exceptions must be a function; got null'),
    );
    expect(() => withRetry({ backoff: 'fibonacci' as never })).toThrow(TypeError);
  });
});

describe('circuitBreaker', () => {
  const clock = new SimulatedClock();

  test('opens after 5 failures, for 60 s, and calls the fallback with the same arguments while open', async () => {
    const service = new Service(5);
    const enhance = circuitBreaker({
      failureThreshold: 5,
      timeoutMs: 60_000,
      fallback: async function (this: Service, audio: string) {
        return `local ${audio} ${this === service}`;
      },
      clock,
    })(service.enhance);
    for (let call = 0; call < 5; call++) {
      await expect(enhance.call(service, 'voice')).rejects.toThrow('away'); // Not open yet: no fallback.
    }
    expect(await enhance.call(service, 'voice')).toBe('local voice true');
    expect(service.calls).toBe(5);
    await clock.advance(60_000);
    expect(await enhance.call(service, 'voice')).toBe('better voice');
  });

  test('without a fallback refuses with CIRCUIT_OPEN; what it protects shares one circuit', async () => {
    const guarded = circuitBreaker({ failureThreshold: 1, name: 'api', clock });
    const first = guarded(() => Promise.reject(new Error('no')));
    const second = guarded(() => 'never called');
    await expect(first()).rejects.toThrow('no');
    await expect(second()).rejects.toSatisfy((error) => breakerFaults.CIRCUIT_OPEN.matches(error));
  });

  test("an open circuit further in is a failure like any other, and not this one's fallback", async () => {
    const inner = circuitBreaker({ failureThreshold: 1, name: 'inner', clock })(() =>
      Promise.reject(new Error('no')),
    );
    await inner().catch(() => undefined);
    const outer = circuitBreaker({ name: 'outer', fallback: () => 'local', clock })(inner);
    await expect(outer()).rejects.toSatisfy((error) => breakerFaults.CIRCUIT_OPEN.matches(error));
  });

  test('nor is one further in of the same name', async () => {
    const inner = circuitBreaker({ failureThreshold: 1, clock })(() => Promise.reject(new Error('no')));
    await inner().catch(() => undefined);
    const outer = circuitBreaker({ fallback: () => 'local', clock })(inner);
    await expect(outer()).rejects.toSatisfy((error) => breakerFaults.CIRCUIT_OPEN.matches(error));
  });

  test('refuses a fallback that is no function', () => {
    expect(() => circuitBreaker({ fallback: 'local' as never })).toThrow(TypeError);
  });

  test.each([{ failureThreshold: 0 }, { timeoutMs: 0 }])('refuses %j', (options) => {
    expect(() => circuitBreaker(options)).toThrow(RangeError);
  });
});

describe('a decorator', () => {
  test.each<[string, unknown]>([
    ['field', { kind: 'field', name: 'volume' }],
    ['getter', { kind: 'getter', name: 'volume' }],
    ['class', { kind: 'class', name: 'Mixer' }],
  ])('refuses a %s', (kind, context) => {
    const work = kind === 'field' ? undefined : () => 1;
    for (const decorate of [withRetry(), circuitBreaker()]) {
      expect(() => decorate(work as never, context as never)).toThrow(
        new TypeError(`functions and methods can be protected; got a ${kind}`),
      );
    }
  });

  test('refuses what is no function', () => {
    expect(() => withRetry()(7 as never)).toThrow('functions and methods can be protected; got a number');
  });

  test('keeps the types, and adds what a fallback answers', () => {
    const load = (id: number) => Promise.resolve(`${id}`);
    expectTypeOf(withRetry()(load)).parameters.toEqualTypeOf<[number]>();
    expectTypeOf(withRetry()(load)).returns.resolves.toEqualTypeOf<string>();
    const local = circuitBreaker({ fallback: () => null });
    expectTypeOf(local(load)).returns.resolves.toEqualTypeOf<string | null>();
    // @ts-expect-error: it takes a number.
    void withRetry()(load)('one');
  });
});
