import { describe, expect, it } from 'vitest';
import { AnsweredProblem, faultsIn, type SeenFault } from './faults-in.ts';
import { lostContext } from './lost-context.ts';
import { shopFaults } from './shop.fixture.ts';

const codes = (carrier: unknown) => faultsIn(carrier).map(({ code }) => code);
const out = () => shopFaults.OVEN_OUT({ oven: 1 });

describe('the faults in something', () => {
  it('are found in fields, lists, causes and aggregates', () => {
    expect(codes({ reason: { fault: out() } })).toEqual(['OVEN_OUT']);
    expect(codes([new Error('wrapped', { cause: out() })])).toEqual(['OVEN_OUT']);
    expect(codes(new AggregateError([out(), shopFaults.DOOR_STUCK({})]))).toEqual(['OVEN_OUT', 'DOOR_STUCK']);
    expect(codes(new Map([['a', out()]]))).toEqual(['OVEN_OUT']);
  });

  it('are met once each, in circles too, and getters are left alone', () => {
    const fault = out();
    const circle: Record<string, unknown> = { fault, again: fault };
    circle['self'] = circle;
    Object.defineProperty(circle, 'trap', {
      enumerable: true,
      get: () => {
        throw new Error('touched');
      },
    });
    expect(codes(circle)).toEqual(['OVEN_OUT']);
    expect(codes('OVEN_OUT')).toEqual([]);
    expect(codes(undefined)).toEqual([]);
  });

  it('are those that an answer from elsewhere names', () => {
    const problem = { type: 'urn:sustain:fault:server:NOT_FOUND', detail: 'nothing', operationId: 'op' };
    const answered = AnsweredProblem.of(problem);
    expect(answered?.message).toBe('NOT_FOUND: nothing');
    expect(faultsIn(answered)).toEqual([
      { system: 'server', code: 'NOT_FOUND', operationId: 'op', fault: undefined },
    ]);
    expect(AnsweredProblem.of({ type: 'about:blank' })).toBeUndefined();
    expect(AnsweredProblem.of(null)).toBeUndefined();
  });
});

describe('lost context', () => {
  const lost = (carrier: unknown, where: Parameters<typeof lostContext>[1]) =>
    lostContext(faultsIn(carrier)[0] as SeenFault, where);
  const user = { by: 'user', operationId: 'op' } as const;

  it('is an operation that a user’s fault does not know or takes for another, and a signal without a source', () => {
    expect(lost(out(), user)).toMatch(/operation/);
    expect(lost(shopFaults.OVEN_OUT({ oven: 1 }, { operationId: 'another' }), user)).toMatch(/operation/);
    expect(lost(shopFaults.OVEN_OUT({ oven: 1 }, { operationId: 'op' }), user)).toBeUndefined();
    expect(lost(out(), { by: 'signal', source: '' })).toMatch(/component/);
    expect(lost(out(), { by: 'signal', source: 'oven' })).toBeUndefined();
  });

  it('is an operation that an answer from elsewhere does not tell', () => {
    const answered = (more: object) =>
      AnsweredProblem.of({ type: 'urn:sustain:fault:shop:OVEN_OUT', ...more });
    expect(lost(answered({}), user)).toMatch(/operation/);
    expect(lost(answered({ operationId: 'op' }), user)).toBeUndefined();
  });

  it('is what cannot be written down', () => {
    const fault = shopFaults.OVEN_OUT({ oven: 1n as unknown as number }, { operationId: 'op' });
    expect(lost(fault, user)).toMatch(/written down/);
    const dropped = shopFaults.OVEN_OUT({ oven: (() => 1) as unknown as number }, { operationId: 'op' });
    expect(lost(dropped, user)).toBe('oven of its context');
  });
});
