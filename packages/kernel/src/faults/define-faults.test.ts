import { expect, expectTypeOf, test } from 'vitest';
import { defineFaults, fault } from './define-faults.ts';
import { Fault } from './fault.ts';
import { createOperation, setOperationCarrier } from './operation.ts';
import { type Severity, severity, severityName } from './severity.ts';

const faults = defineFaults('auralis', {
  SYNTHESIS_FAILED: fault<{ phraseIndex: number }>({
    category: 'synthesis',
    severity: severity.ERROR,
    recovery: 'simplify',
    retryable: true,
    message: ({ phraseIndex }) => `phrase ${phraseIndex} could not be rendered`,
    userMessage: 'A moment of silence.',
  }),
  BUSY: fault<Record<string, never>>({
    category: 'load',
    severity: severity.WARNING,
    recovery: 'none',
    message: 'busy',
    stack: false,
  }),
});

test('a fault is an Error with all that was declared of it', () => {
  const cause = new RangeError('bad phrase');
  const made = faults.SYNTHESIS_FAILED({ phraseIndex: 7 }, { cause });
  expect(made).toBeInstanceOf(Fault);
  expect(made).toBeInstanceOf(Error);
  expect(String(made)).toBe('Fault: phrase 7 could not be rendered');
  expect(made).toMatchObject({
    system: 'auralis',
    code: 'SYNTHESIS_FAILED',
    category: 'synthesis',
    severity: severity.ERROR,
    recovery: 'simplify',
    retryable: true,
    autoRecoverable: true,
    userMessage: 'A moment of silence.',
    context: { phraseIndex: 7 },
    operationId: undefined,
  });
  expect(made.cause).toBe(cause);
});

test('what is not declared is not retryable, and comes back without a person', () => {
  const made = faults.BUSY({});
  expect(made).toMatchObject({ retryable: false, autoRecoverable: true });
  expect(made.userMessage).toBe(undefined);
  expect('cause' in made).toBe(false);
});

test('the context is a frozen copy', () => {
  const context = { phraseIndex: 7 };
  const made = faults.SYNTHESIS_FAILED(context);
  context.phraseIndex = 8;
  expect(made.context.phraseIndex).toBe(7);
  expect(Object.isFrozen(made.context)).toBe(true);
});

test('a cause that is falsy is still a cause', () => {
  for (const cause of [undefined, null, 0, '']) {
    const made = faults.BUSY({}, { cause });
    expect('cause' in made).toBe(true);
    expect(made.cause).toBe(cause);
  }
});

test('a stack is captured unless the declaration says no; the limit is left as it was', () => {
  const limit = Error.stackTraceLimit;
  expect(faults.SYNTHESIS_FAILED({ phraseIndex: 1 }).stack).toContain('define-faults.test.ts');
  expect(faults.BUSY({}).stack).not.toContain('define-faults.test.ts');
  expect(Error.stackTraceLimit).toBe(limit);
});

test('a message that throws does not hide the fault, and leaves the stack limit as it was', () => {
  const limit = Error.stackTraceLimit;
  const { BROKEN } = defineFaults('test', {
    BROKEN: fault<Record<string, never>>({
      category: 'test',
      severity: severity.ERROR,
      recovery: 'none',
      stack: false,
      message: () => {
        throw new Error('no words');
      },
    }),
  });
  expect(BROKEN({}).message).toContain('BROKEN');
  expect(Error.stackTraceLimit).toBe(limit);
});

test('a message that is no text does not leave the stack limit at 0', () => {
  const limit = Error.stackTraceLimit;
  const { ODD } = defineFaults('test', {
    ODD: fault({
      category: 'test',
      severity: severity.ERROR,
      recovery: 'none',
      stack: false,
      message: () => Symbol('odd') as never,
    }),
  });
  expect(ODD({}).message).toBe('ODD');
  expect(Error.stackTraceLimit).toBe(limit);
});

test('matches knows its own kind only, and narrows the type', () => {
  const made: unknown = faults.SYNTHESIS_FAILED({ phraseIndex: 7 });
  const other = defineFaults('other', {
    SYNTHESIS_FAILED: fault<Record<string, never>>({
      category: 'x',
      severity: 1,
      recovery: 'none',
      message: 'x',
    }),
  });
  expect(faults.SYNTHESIS_FAILED.matches(made)).toBe(true);
  expect(faults.BUSY.matches(made)).toBe(false);
  expect(other.SYNTHESIS_FAILED.matches(made)).toBe(false);
  for (const thing of [
    undefined,
    null,
    'SYNTHESIS_FAILED',
    { code: 'SYNTHESIS_FAILED', system: 'auralis' },
  ]) {
    expect(faults.SYNTHESIS_FAILED.matches(thing)).toBe(false);
  }
  if (!faults.SYNTHESIS_FAILED.matches(made)) throw new Error('it should match');
  expectTypeOf(made.context.phraseIndex).toEqualTypeOf<number>();
  expectTypeOf(made.code).toEqualTypeOf<'SYNTHESIS_FAILED'>();
});

test('the wrong context is refused by the types', () => {
  // @ts-expect-error phraseIndex is a number
  faults.SYNTHESIS_FAILED({ phraseIndex: 'seven' });
  // @ts-expect-error phraseIndex is missing
  faults.SYNTHESIS_FAILED({});
  // @ts-expect-error there is no such fault
  expect(faults.NO_SUCH).toBe(undefined);
});

test('a fault belongs to the operation in which it was made, unless another is named', () => {
  const operation = createOperation('render phrase');
  const before = setOperationCarrier({ current: () => operation, run: (_, work) => work() });
  try {
    expect(faults.BUSY({}).operationId).toBe(operation.id);
    expect(faults.BUSY({}, { operationId: 'other' }).operationId).toBe('other');
  } finally {
    setOperationCarrier(before);
  }
});

test('a catalog tells what it declares, and cannot be changed', () => {
  expect(Object.keys(faults)).toEqual(['SYNTHESIS_FAILED', 'BUSY']);
  const { code, system, declaration } = faults.SYNTHESIS_FAILED;
  expect({ code, system }).toEqual({ code: 'SYNTHESIS_FAILED', system: 'auralis' });
  expect(declaration.recovery).toBe('simplify');
  expect(Object.isFrozen(faults)).toBe(true);
});

test.each([
  [{ category: '' }, 'category of test.ODD must be a text that is not empty; got '],
  [{ category: 7 }, 'category of test.ODD must be a text that is not empty; got 7'],
  [{ recovery: undefined }, 'recovery of test.ODD must be a text that is not empty; got undefined'],
  [{ message: undefined }, 'message of test.ODD must be a text that is not empty; got undefined'],
  [{ severity: 6 }, 'severity of test.ODD must be a whole number from 1 to 5; got 6'],
  [{ severity: 2.5 }, 'severity of test.ODD must be a whole number from 1 to 5; got 2.5'],
  [{ severity: 'ERROR' }, 'severity of test.ODD must be a whole number from 1 to 5; got ERROR'],
])('refuses the declaration %j', (wrong, message) => {
  const right = { category: 'test', severity: severity.ERROR, recovery: 'none', message: 'x' };
  expect(() => defineFaults('test', { ODD: { ...right, ...wrong } as never })).toThrow(message);
});

test('what is printed of a fault says its code and its context, which its message may not', () => {
  expect(Object.keys(faults.SYNTHESIS_FAILED({ phraseIndex: 7 }))).toEqual([
    'code',
    'context',
    'operationId',
  ]);
});

test('severities are in order and have names', () => {
  const levels: readonly Severity[] = Object.values(severity);
  expect(levels).toEqual([1, 2, 3, 4, 5]);
  expect(levels.map(severityName)).toEqual(Object.keys(severity));
});

test('a declaration without a context is made without one', () => {
  const { PLAIN } = defineFaults('test', {
    PLAIN: fault({ category: 'test', severity: severity.ERROR, recovery: 'none', message: 'plain' }),
  });
  expect(PLAIN({})).toMatchObject({ code: 'PLAIN', message: 'plain', context: {} });
});

test('a context whose getter throws is told without it', () => {
  const { READ } = defineFaults('test', {
    READ: fault<{ value: number }>({
      category: 'test',
      severity: severity.ERROR,
      recovery: 'none',
      message: 'read',
    }),
  });
  const hostile = {
    get value(): number {
      throw new Error('mine');
    },
  };
  expect(READ(hostile)).toMatchObject({ code: 'READ', context: {} });
});

test('the stack begins with the name and the message', () => {
  const { NAMED } = defineFaults('test', {
    NAMED: fault({ category: 'test', severity: severity.ERROR, recovery: 'none', message: 'so it is' }),
  });
  expect(NAMED({}).stack?.split('\n')[0]).toBe('Fault: so it is');
});
