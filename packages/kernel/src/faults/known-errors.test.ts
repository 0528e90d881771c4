import { describe, expect, test } from 'vitest';
import { classify } from './classify.ts';
import { defineFaults, fault } from './define-faults.ts';
import { kernelFaults } from './kernel-faults.ts';
import { isCancelled, isRetryableError } from './known-errors.ts';
import { severity } from './severity.ts';

const withCode = (code: string) => Object.assign(new Error('it broke'), { code });
const hidden = (code: string) => new TypeError('fetch failed', { cause: withCode(code) });
const named = (name: string) => Object.assign(new Error('it broke'), { name });

const codes: Readonly<Partial<Record<keyof typeof kernelFaults, string>>> = {
  TIMEOUT:
    'ETIMEDOUT ETIMEOUT ESOCKETTIMEDOUT UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT',
  CONNECTION_REFUSED: 'ECONNREFUSED',
  CONNECTION_LOST:
    'ECONNRESET ECONNABORTED EPIPE ENOTCONN EHOSTUNREACH ENETUNREACH ENETDOWN ERR_STREAM_PREMATURE_CLOSE UND_ERR_SOCKET',
  HOST_NOT_FOUND: 'ENOTFOUND EAI_AGAIN ENODATA ESERVFAIL',
  TOO_MANY_OPEN_FILES: 'EMFILE ENFILE',
  CANCELLED: 'ABORT_ERR ERR_CANCELED',
  OUT_OF_MEMORY: 'ENOMEM ERR_WORKER_OUT_OF_MEMORY ERR_MEMORY_ALLOCATION_FAILED',
  DISK_FULL: 'ENOSPC EDQUOT',
  PERMISSION_DENIED: 'EACCES EPERM EROFS',
  NOT_FOUND: 'ENOENT',
  ADDRESS_IN_USE: 'EADDRINUSE',
};
const rows = Object.entries(codes).flatMap(([expected, list]) =>
  list.split(' ').map((code) => [code, expected] as const),
);

test.each(rows)('%s is %s, hidden by fetch as well, and retryable as that declares', (code, expected) => {
  for (const error of [withCode(code), hidden(code)]) {
    const made = classify(error);
    expect(made.code).toBe(expected);
    expect(isRetryableError(error)).toBe(made.retryable);
    expect(isCancelled(error)).toBe(expected === 'CANCELLED');
  }
});

test.each([
  ['AbortError', 'CANCELLED'],
  ['TimeoutError', 'TIMEOUT'],
  ['NetworkError', 'CONNECTION_LOST'],
  ['QuotaExceededError', 'DISK_FULL'],
  ['NotAllowedError', 'PERMISSION_DENIED'],
] as const)('a DOMException or an error named %s is %s, and retryable as that declares', (name, expected) => {
  for (const error of [new DOMException('it broke', name), named(name)]) {
    const made = classify(error);
    expect(made.code).toBe(expected);
    expect(isRetryableError(error)).toBe(made.retryable);
    expect(isCancelled(error)).toBe(expected === 'CANCELLED');
  }
});

test('what was aborted is cancelled, whatever code came of it', () => {
  const error = Object.assign(named('AbortError'), { code: 'ECONNRESET' });
  expect(classify(error).code).toBe('CANCELLED');
  expect([isCancelled(error), isRetryableError(error)]).toEqual([true, false]);
});

test.each([
  'Failed to fetch',
  'Failed to fetch (api.example.com)',
  'Load failed',
  'Load failed (api.example.com)',
  'NetworkError when attempting to fetch resource.',
  'NetworkError when attempting to fetch resource',
  'network error',
])('a TypeError "%s" of a browser is a lost connection, not a mistake', (message) => {
  const error = new TypeError(message);
  expect(classify(error).code).toBe('CONNECTION_LOST');
  expect(isRetryableError(error)).toBe(true);
  expect(classify(new Error(message)).code).toBe('UNEXPECTED');
});

test.each([
  'Array buffer allocation failed', // V8
  'Out of memory', // Safari
])('memory that is not to be had is out of memory, and no mistake in a number: %s', (message) => {
  const error = new RangeError(message);
  expect(classify(error).code).toBe('OUT_OF_MEMORY');
  expect(isRetryableError(error)).toBe(false);
  expect(classify(new RangeError('Invalid array length')).code).toBe('UNEXPECTED');
});

test('a fetch that failed for a reason of the system that nobody knows is a lost connection, not a mistake', () => {
  expect(classify(hidden('EPROTO')).code).toBe('CONNECTION_LOST');
  expect(isRetryableError(hidden('EPROTO'))).toBe(true);
});

describe('of errors that nobody knows', () => {
  test.each([
    new TypeError('x is not a function'),
    new TypeError('fetch failed', { cause: withCode('DEPTH_ZERO_SELF_SIGNED_CERT') }),
    Object.assign(new TypeError('odd argument'), { code: 'ERR_INVALID_ARG_TYPE' }),
    Object.assign(new TypeError('odd form'), { code: 'E_VALIDATION' }),
    new RangeError('too far'),
    new ReferenceError('x is not defined'),
    new SyntaxError('odd'),
    new URIError('odd'),
  ])('%s is a mistake, which no repetition mends', (error) => {
    expect(isRetryableError(error)).toBe(false);
    expect(classify(error).code).toBe('UNEXPECTED');
  });

  test('others may go away by themselves', () => {
    const hands = () => {
      throw new Error('hands off');
    };
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const others = [new Error('x'), withCode('E_NEVER_HEARD_OF'), withCode('constructor'), 'a text', 7, null];
    for (const thrown of [
      ...others,
      undefined,
      { status: 503 },
      new Proxy({}, { get: hands }),
      revoked.proxy,
    ]) {
      expect([isRetryableError(thrown), isCancelled(thrown)]).toEqual([true, false]);
    }
  });
});

test('a fault says itself whether it is retryable, and is cancelled by its category', () => {
  const base = { severity: severity.DEBUG, recovery: 'none', message: 'x' } as const;
  const faults = defineFaults('test', {
    STOPPED: fault({ ...base, category: 'cancelled' }),
    AGAIN: fault({ ...base, category: 'network', retryable: true }),
  });
  expect([isRetryableError(faults.STOPPED({})), isCancelled(faults.STOPPED({}))]).toEqual([false, true]);
  expect([isRetryableError(faults.AGAIN({})), isCancelled(faults.AGAIN({}))]).toEqual([true, false]);
  const mistake = kernelFaults.UNEXPECTED(
    { error: 'x', errorName: 'Error' },
    { cause: withCode('ECONNRESET') },
  );
  expect(isRetryableError(mistake)).toBe(false);
});
