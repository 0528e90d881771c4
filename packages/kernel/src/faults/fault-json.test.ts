import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defineFaults, fault } from './define-faults.ts';
import { Fault, type FaultContext } from './fault.ts';
import { faultFromJson } from './fault-from-json.ts';
import type { FaultJson } from './fault-json.ts';
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
const travel = (made: Fault): Fault => faultFromJson(JSON.parse(JSON.stringify(made)), faults);

test('a fault arrives in another process as what it was', () => {
  const made = make({ phraseIndex: 7, notes: ['a', 'b'] }, { operationId: 'op-1' });
  const arrived = travel(made);
  expect(faults.SYNTHESIS_FAILED.matches(arrived)).toBe(true);
  expect(arrived.toJSON()).toEqual(made.toJSON());
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
  ['a text', { name: 'thrown string', message: 'a text' }],
  [null, { name: 'thrown object', message: 'null' }],
  [
    { status: 503, code: 'E_AWAY' },
    { name: 'thrown object', message: '{"status":503,"code":"E_AWAY"}', code: 'E_AWAY' },
  ],
  [7n, { name: 'thrown bigint', message: '7' }],
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
    expect(travel(make({}, { cause: error })).cause).toBeInstanceOf(Error);
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

test('a context that JSON cannot carry is told as that problem, and does not hide the fault', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  for (const odd of [7n, circle]) {
    const { code, severity: level, context } = travel(make({ odd }));
    expect({ code, level }).toEqual({ code: 'SYNTHESIS_FAILED', level: severity.ERROR });
    expect(context['problem']).toMatch(/^TypeError: /);
  }
});

test('a field of a user that JSON cannot carry made the fault impossible to log', () => {
  class Odd extends faults.SYNTHESIS_FAILED {
    readonly samples = 7n;
    readonly self = this;
    readonly again = this;
    readonly quality = 0.4;
  }
  const problem = expect.stringMatching(/^TypeError: /);
  expect(JSON.parse(JSON.stringify(new Odd({})))).toMatchObject({
    code: 'SYNTHESIS_FAILED',
    quality: 0.4,
    samples: { problem },
    self: { self: { self: { code: 'SYNTHESIS_FAILED' } } },
  });
});

test('a context that throws what is no text either is told as that problem', () => {
  const hostile = {
    toJSON() {
      throw Object.create(null);
    },
  };
  expect(make({ hostile }).toJSON().context).toEqual({ problem: 'thrown object: {}' });
});

test('what others have put into their errors does not travel: it may be a request with its secrets', () => {
  const error = Object.assign(new Error('401'), { config: { authorization: 'secret' } });
  const json = JSON.stringify(make({}, { cause: error }));
  expect(json).toContain('401');
  expect(json).not.toContain('secret');
});

test('a chain of causes without end from outside does not overflow the stack', () => {
  let cause: unknown = { name: 'Error', message: 'bottom' };
  for (let i = 0; i < 100_000; i++) cause = { name: 'Error', message: 'x', cause };
  const read = faultFromJson({ ...good, cause });
  expect(read.cause).toBeInstanceOf(Error);
  expect(depthOf(JSON.parse(JSON.stringify(read)))).toBe(10);
});

const good = make({}).toJSON();
test.each([
  [undefined, 'system of a fault must be a text that is not empty; got undefined'],
  ['SYNTHESIS_FAILED', 'system of a fault must be a text that is not empty; got undefined'],
  [[good], 'system of a fault must be a text that is not empty; got undefined'],
  [{ ...good, code: 7 }, 'code of a fault must be a text that is not empty; got 7'],
  [{ ...good, name: null }, 'name of a fault must be a text that is not empty; got null'],
  [{ ...good, category: '' }, 'category of a fault must be a text that is not empty; got '],
  [{ ...good, message: { text: 'x' } }, 'message of a fault must be a text that is not empty; got object'],
  [
    { ...good, cause: { ...good, severity: 0 } },
    'severity of a fault must be a whole number from 1 to 5; got 0',
  ],
  [{ ...good, severity: 6 }, 'severity of a fault must be a whole number from 1 to 5; got 6'],
  [{ ...good, severity: '4' }, 'severity of a fault must be a whole number from 1 to 5; got 4'],
])('refuses to read %j', (json, message) => {
  expect(() => faultFromJson(json)).toThrow(message);
});

test('a fault whose message came out empty travels, too', () => {
  const { MUTE } = defineFaults('auralis', {
    MUTE: fault({ category: 'x', severity: severity.ERROR, recovery: 'none', message: () => '' }),
  });
  expect(travel(MUTE({})).message).toBe('MUTE');
});

test('what is optional may be missing', () => {
  const { stack: _, userMessage: __, context: ___, cause: ____, ...bare } = good;
  const read = faultFromJson(bare);
  expect(read).toMatchObject({ message: good.message, context: {} });
  expect([read.userMessage, read.operationId]).toEqual([undefined, undefined]);
});

test('fields from outside cannot change any prototype', () => {
  const json = JSON.stringify(good).replace('"context"', '"__proto__":{"admin":true},"context"');
  const read = faultFromJson(JSON.parse(json)) as Fault & { admin?: boolean };
  expect([read instanceof Fault, read.admin]).toEqual([true, undefined]);
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
