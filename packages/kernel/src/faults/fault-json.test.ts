import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defineFaults, fault } from './define-faults.ts';
import type { Fault, FaultContext } from './fault.ts';
import { faultFromJson } from './fault-from-json.ts';
import { type ErrorJson, errorToJson, type FaultJson } from './fault-json.ts';
import { severity } from './severity.ts';

const faults = defineFaults('auralis', {
  SYNTHESIS_FAILED: fault<FaultContext>({
    category: 'synthesis',
    severity: severity.ERROR,
    recovery: 'simplify',
    retryable: true,
    autoRecoverable: false,
    message: 'the phrase could not be rendered',
    userMessage: 'A moment of silence.',
  }),
});
const make = (context: FaultContext = {}, options?: { cause?: unknown; operationId?: string }) =>
  faults.SYNTHESIS_FAILED(context, options);

/** As it arrives in another process. */
const travel = (made: Fault): Fault => faultFromJson(JSON.parse(JSON.stringify(made)));

test('a fault arrives in another process as what it was', () => {
  const made = make({ phraseIndex: 7, notes: ['a', 'b'] }, { operationId: 'op-1' });
  const arrived = travel(made);
  expect(faults.SYNTHESIS_FAILED.matches(arrived)).toBe(true);
  expect({ ...arrived }).toEqual({ ...made });
  expect(arrived.message).toBe(made.message);
  expect(arrived.stack).toBe(made.stack);
  expect('cause' in arrived).toBe(false);
  expect(Object.isFrozen(arrived.context)).toBe(true);
});

test('the chain of causes arrives with names, messages, codes and stacks', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const middle = make({ attempt: 2 }, { cause: refused });
  const made = make({}, { cause: new TypeError('fetch failed', { cause: middle }) });
  const outer = travel(made).cause as Error;
  expect(String(outer)).toBe('TypeError: fetch failed');
  expect(faults.SYNTHESIS_FAILED.matches(outer.cause)).toBe(true);
  const inner = (outer.cause as Error).cause as Error & { code: string };
  expect([inner.message, inner.code, inner.stack]).toEqual([refused.message, 'ECONNREFUSED', refused.stack]);
});

test.each([
  ['a text', 'a text'],
  [null, null],
  [{ status: 503 }, { status: 503 }],
  [7n, '7'],
])('a cause that is no Error, %s, is described', (cause, description) => {
  expect(make({}, { cause }).toJSON().cause).toEqual(description);
});

test('causes in a circle, and chains without end, are cut', () => {
  const first = new Error('first');
  first.cause = new Error('second', { cause: first });
  expect(depthOf(make({}, { cause: first }).toJSON())).toBe(10);
  let deep: unknown = new Error('bottom');
  for (let i = 0; i < 1000; i++) deep = new Error(`${i}`, { cause: deep });
  expect(depthOf(make({}, { cause: deep }).toJSON())).toBe(10);
});

test('an error that throws when it is looked at is still described', () => {
  const hands = () => {
    throw new Error('hands off');
  };
  class Hostile extends Error {
    override get message(): string {
      return hands();
    }
    override get cause(): unknown {
      return hands();
    }
  }
  const proxy = new Proxy({}, { get: hands, getPrototypeOf: hands, ownKeys: hands, has: hands });
  for (const error of [new Hostile(), proxy]) {
    expect(() => JSON.stringify(errorToJson(error))).not.toThrow();
    expect(() => JSON.stringify(make({}, { cause: error }))).not.toThrow();
  }
});

test('whatever is in the context, a fault can be written, read, and then stays the same', () => {
  const anyContext = fc.dictionary(
    fc.string(),
    fc.anything({ withBigInt: true, withDate: true, withMap: true }),
  );
  fc.assert(
    fc.property(anyContext, fc.string(), (context, cause) => {
      const arrived = travel(make(context, { cause: new Error(cause) }));
      expect(travel(arrived).toJSON()).toEqual(arrived.toJSON());
      expect((arrived.cause as Error).message).toBe(cause);
    }),
  );
});

test('a stack that says only what name and message say does not travel', () => {
  const made = make({}, { cause: new Error('why') });
  const json = made.toJSON();
  expect('stack' in json).toBe(false);
  expect((json.cause as ErrorJson).stack).toContain('fault-json.test.ts');
  expect(travel(made).stack).toBe('Fault: the phrase could not be rendered');
});

test('what others have put into their errors does not travel: it may be a request with its secrets', () => {
  const error = Object.assign(new Error('401'), { config: { authorization: 'secret' } });
  const json = JSON.stringify(make({ error }, { cause: error }));
  expect(json).toContain('401');
  expect(json).not.toContain('secret');
});

test('what was thrown and is no error is named for what it is', () => {
  expect(errorToJson('a text')).toEqual({ name: 'thrown string', message: 'a text' });
  expect(errorToJson({ status: 503 })).toEqual({ name: 'thrown object', message: '{"status":503}' });
});

test('a chain of causes without end from outside does not overflow the stack', () => {
  let cause: unknown = { name: 'Error', message: 'bottom' };
  for (let i = 0; i < 100_000; i++) cause = { name: 'Error', message: 'x', cause };
  expect(faultFromJson({ ...good, cause }).cause).toBeInstanceOf(Error);
});

test('binary data does not travel', () => {
  const { context } = make({ audio: new Float32Array(44_100), bytes: new ArrayBuffer(9) }).toJSON();
  expect(context).toEqual({ audio: '[Float32Array of 176400 bytes]', bytes: '[ArrayBuffer of 9 bytes]' });
});

const good = make({}).toJSON();
test.each([
  [undefined, 'a fault must be an object; got null'],
  ['SYNTHESIS_FAILED', 'a fault must be an object; got "SYNTHESIS_FAILED"'],
  [[good], /^a fault must be an object; got \[/],
  [{ ...good, code: 7 }, 'code of a fault must be a text; got 7'],
  [{ ...good, system: undefined }, 'system of a fault must be a text; got null'],
  [{ ...good, message: { text: 'x' } }, 'message of a fault must be a text; got {"text":"x"}'],
  [{ ...good, severity: 6 }, 'severity of a fault must be 1 to 5; got 6'],
  [{ ...good, severity: '4' }, 'severity of a fault must be 1 to 5; got "4"'],
  [{ ...good, context: [] }, 'context of a fault must be an object; got []'],
  [{ ...good, cause: { ...good, severity: 0 } }, 'severity of a fault must be 1 to 5; got 0'],
])('refuses to read %j', (json, message) => {
  expect(() => faultFromJson(json)).toThrow(TypeError);
  expect(() => faultFromJson(json)).toThrow(message);
});

test('what is optional may be missing, and odd types of it are passed over', () => {
  const { stack: _, userMessage: __, ...bare } = good;
  const read = faultFromJson({ ...bare, retryable: 'yes', operationId: 7, userMessage: [] });
  expect(read).toMatchObject({ retryable: false, operationId: undefined, userMessage: undefined });
  expect(read.stack).toBe('Fault: the phrase could not be rendered');
});

test('a context from outside cannot change any prototype', () => {
  const json = JSON.stringify(good).replace('"context":{}', '"context":{"__proto__":{"admin":true}}');
  const read = faultFromJson(JSON.parse(json));
  expect(read.context['admin']).toBe(undefined);
  expect(({} as { admin?: boolean }).admin).toBe(undefined);
});

function depthOf(json: FaultJson): number {
  let depth = 0;
  for (let at: { cause?: unknown } | undefined = json; at; at = at.cause as typeof at) depth++;
  return depth;
}
