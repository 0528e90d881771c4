import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Classify, classify } from './classify.ts';
import { Fault } from './fault.ts';
import { kernelFaults } from './kernel-faults.ts';

const withCode = (code: string) => Object.assign(new Error(`it said ${code}`), { code });

test('a fault is answered as it is', () => {
  const made = kernelFaults.TIMEOUT({ error: 'late', errorName: 'Error' });
  expect(classify(made)).toBe(made);
});

test.each([
  ['ECONNREFUSED', 'CONNECTION_REFUSED'],
  ['ECONNRESET', 'CONNECTION_LOST'],
  ['EPIPE', 'CONNECTION_LOST'],
  ['ENOTFOUND', 'HOST_NOT_FOUND'],
  ['ETIMEDOUT', 'TIMEOUT'],
  ['UND_ERR_HEADERS_TIMEOUT', 'TIMEOUT'],
  ['ERR_WORKER_OUT_OF_MEMORY', 'OUT_OF_MEMORY'],
  ['ENOSPC', 'DISK_FULL'],
  ['EMFILE', 'TOO_MANY_OPEN_FILES'],
  ['EACCES', 'PERMISSION_DENIED'],
  ['ENOENT', 'NOT_FOUND'],
  ['EADDRINUSE', 'ADDRESS_IN_USE'],
  ['ABORT_ERR', 'CANCELLED'],
  ['E_NEVER_HEARD_OF', 'UNEXPECTED'],
  ['constructor', 'UNEXPECTED'],
  ['__proto__', 'UNEXPECTED'],
] as const)('the code %s is %s', (code, expected) => {
  const error = withCode(code);
  const made = classify(error);
  expect(kernelFaults[expected].matches(made)).toBe(true);
  expect(made.cause).toBe(error);
  expect(made.context).toEqual({ error: `it said ${code}`, errorName: 'Error', errorCode: code });
});

describe('what hosts really throw', () => {
  test('an aborted signal is cancelled, one that timed out is a timeout', () => {
    expect(classify(AbortSignal.abort().reason).code).toBe('CANCELLED');
    expect(classify(new DOMException('late', 'TimeoutError')).code).toBe('TIMEOUT');
  });

  test('fetch that finds nobody is a refused connection, though it says only "fetch failed"', () => {
    const error = new TypeError('fetch failed', { cause: withCode('ECONNREFUSED') });
    expect(classify(error).code).toBe('CONNECTION_REFUSED');
  });

  test('a number as code is none of ours', () => {
    expect(classify(Object.assign(new Error('odd'), { code: 20 })).code).toBe('UNEXPECTED');
  });
});

test.each([
  [undefined, 'thrown undefined: undefined'],
  [null, 'thrown object: null'],
  ['a text', 'thrown string: a text'],
  [42, 'thrown number: 42'],
  [Symbol('odd'), 'thrown symbol: Symbol(odd)'],
  [{ status: 503 }, 'thrown object: {"status":503}'],
  [{ message: 'no name' }, 'thrown object: no name'],
  [new RangeError('too far'), 'RangeError: too far'],
])('%s, which nobody knows, is UNEXPECTED and says what it was', (thrown, message) => {
  const made = classify(thrown);
  expect(kernelFaults.UNEXPECTED.matches(made)).toBe(true);
  expect(made.message).toBe(message);
  expect('cause' in made && made.cause === thrown).toBe(true);
});

test('whatever is thrown, the answer is a fault that keeps it', () => {
  fc.assert(
    fc.property(fc.anything(), (thrown) => {
      const made = classify(thrown);
      expect(made).toBeInstanceOf(Fault);
      expect(Object.is(made.cause, thrown)).toBe(true);
      expect(() => JSON.stringify(made)).not.toThrow();
    }),
  );
});

test('what throws when it is looked at is a fault, too', () => {
  const hands = () => {
    throw new Error('hands off');
  };
  expect(kernelFaults.UNEXPECTED.matches(classify(new Proxy({}, { get: hands })))).toBe(true);
});

test('so is what throws when its prototype is asked for: a revoked proxy', () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  expect(kernelFaults.UNEXPECTED.matches(classify(revoked.proxy))).toBe(true);
});

test('a system that knows more asks itself first', () => {
  const own: Classify = (error, options) =>
    (error as { code?: string }).code === 'QUOTA'
      ? kernelFaults.DISK_FULL({ error: 'full', errorName: 'Error' }, { ...options, cause: error })
      : classify(error, options);
  expect(own(withCode('QUOTA')).code).toBe('DISK_FULL');
  expect(own(withCode('EPIPE')).code).toBe('CONNECTION_LOST');
});

test('the operation may be named', () => {
  expect(classify(new Error('x'), { operationId: 'op-1' }).operationId).toBe('op-1');
});
