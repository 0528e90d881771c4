import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { classify, defineFaults, fault, isCancelled, isRetryableError, severity } from '@sustain/kernel';
import { expect, test } from 'vitest';
import {
  aborted,
  brokenPipe,
  connectionRefused,
  connectionReset,
  connectionTimedOut,
  fetchFailed,
  httpError,
  inject,
  isInjected,
  noSpace,
  outOfMemory,
  rejects,
  throws,
  timedOut,
  tooManyFiles,
} from '../index.ts';

const faults = defineFaults('test', {
  DOWN: fault({ category: 'network', severity: severity.ERROR, recovery: 'retry', message: () => 'down' }),
});

/** All that a program can see of an error but its stack. */
function seen(error: object): object {
  return { name: (error as Error).name, message: (error as Error).message, ...error };
}

test('a refused connection looks as the one that the host refuses', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const real = await new Promise<Error>((resolve) => connect(port, '127.0.0.1').once('error', resolve));
  expect(seen(connectionRefused(port))).toEqual(seen(real));
});

test('a reset connection looks as the one that the host resets', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
  socket.write('hello');
  const real = await new Promise<Error>((resolve) => socket.once('error', resolve));
  await new Promise((resolve) => server.close(resolve));
  expect(seen(connectionReset())).toEqual(seen(real));
});

test.runIf(process.platform === 'linux')('a full disk looks as /dev/full', () => {
  const write = () => writeFileSync('/dev/full', 'x');
  expect(write).toThrow(noSpace().message);
  try {
    write();
  } catch (error) {
    expect(seen(noSpace())).toEqual(seen(error as object));
  }
});

test('memory that is not there, an abort and a timeout look as those of the host', async () => {
  expect(() => new ArrayBuffer(2 ** 52)).toThrow(outOfMemory());
  expect(seen(aborted())).toEqual(seen(AbortSignal.abort().reason));
  const signal = AbortSignal.timeout(1);
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  expect(seen(timedOut())).toEqual(seen(signal.reason));
});

test.each([
  [connectionReset(), true, false],
  [connectionTimedOut(), true, false],
  [brokenPipe(), true, false],
  [fetchFailed(), true, false],
  [httpError(503), true, false],
  [noSpace(), false, false],
  [tooManyFiles(), true, false],
  [outOfMemory(), false, false],
  [aborted(), false, true],
  [timedOut(), true, false],
])('%s is taken by the kernel for what it is', (error, isRetryable, isCancel) => {
  expect([isRetryableError(error), isCancelled(error)]).toEqual([isRetryable, isCancel]);
});

test('an HTTP error says what the service says: status, headers, body', () => {
  const error = httpError(429, { headers: { 'retry-after': '2' }, body: { code: 'insufficient_quota' } });
  expect(error).toMatchObject({
    status: 429,
    message: '429 Too Many Requests',
    error: { code: 'insufficient_quota' },
  });
  expect(error.headers.get('Retry-After')).toBe('2');
  expect(() => httpError(200)).toThrow('status must be a whole number from 400 to 599; got 200');
});

test('an injected error is found again in the causes of what was made of it, and another is not', async () => {
  const broken = inject({ read: async () => 1 }, { read: { effect: rejects(connectionReset) } });
  const error: unknown = await broken.port.read().catch((thrown: unknown) => thrown);
  await broken.end();
  const inFault = faults.DOWN({}, { cause: new Error('while reading', { cause: error }) });
  const inAll = new AggregateError([new Error('other'), classify(error)]);
  expect([error, inFault, inAll].map(isInjected)).toEqual([true, true, true]);
  const round = new Error('round');
  round.cause = round;
  const hostile = Object.defineProperty({}, 'cause', {
    get() {
      throw new Error('do not look');
    },
  });
  const others = [connectionReset(), faults.DOWN({}), round, hostile, 'text', undefined, null];
  expect(others.some(isInjected)).toBe(false);
  expect(Object.keys(error as object)).toEqual(Object.keys(connectionReset()));
});

test('the declared fault itself is never thrown', () => {
  expect(() => throws(() => faults.DOWN({}))).toThrow(
    'got the fault DOWN: make the error that it comes from',
  );
  expect(() => rejects(new Error('one') as never)).toThrow('must be a function that makes one');
  expect(() => rejects(() => 'text' as never)).toThrow('must be an object, else it could not be found again');
});
