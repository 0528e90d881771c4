import { inspect, types } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { classify } from './classify.ts';
import { defineFaults, fault } from './define-faults.ts';
import { severity } from './severity.ts';

const declared = { category: 'test', severity: severity.ERROR, recovery: 'none', message: 'broken' } as const;
const { USUAL, ALWAYS, NEVER } = defineFaults('test', {
  USUAL: fault(declared),
  ALWAYS: fault({ ...declared, stack: true }),
  NEVER: fault({ ...declared, stack: false }),
});

const limit = Error.stackTraceLimit;
afterEach(() => {
  expect(Error.stackTraceLimit).toBe(limit);
});
const frames = (error: Error) => (error.stack ?? '').split('\n').length - 1;

test('a fault without a cause has a stack, which begins where it was made', () => {
  expect(frames(USUAL({}))).toBeGreaterThan(1);
  expect(new USUAL({}).stack?.split('\n')[1]).toContain('stacks.node.test.ts');
});

test('a fault that wraps an Error has the stack of that only', () => {
  const cause = new Error('why');
  const made = USUAL({}, { cause });
  expect(made.stack).toBe('Fault: broken');
  expect(inspect(made)).toContain(`[cause]: ${cause.stack?.split('\n')[0]}`);
  expect(frames(classify(cause))).toBe(0);
});

test('a cause that is no Error, or a rejection, has no stack: then the fault has one', () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  for (const cause of ['a text', { stack: 'odd' }, undefined, null, NEVER({}), revoked.proxy]) {
    expect(frames(USUAL({}, { cause }))).toBeGreaterThan(1);
  }
});

test('a declaration may say always or never', () => {
  const cause = new Error('why');
  expect(frames(ALWAYS({}, { cause }))).toBeGreaterThan(1);
  expect([frames(NEVER({})), frames(NEVER({}, { cause }))]).toEqual([0, 0]);
});

test('a fault without a stack is a true Error', () => {
  const made = NEVER({});
  expect(types.isNativeError(made)).toBe(true);
  expect(Object.prototype.toString.call(made)).toBe('[object Error]');
  const clone = structuredClone(made);
  expect([clone instanceof Error, clone.message]).toEqual([true, 'broken']);
});

test('a host that captures no stacks is left as it is', () => {
  try {
    Error.stackTraceLimit = 0;
    expect(frames(USUAL({}))).toBe(0);
    expect(Error.stackTraceLimit).toBe(0);
  } finally {
    Error.stackTraceLimit = limit;
  }
});
