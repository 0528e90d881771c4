import { describe, expect, it } from 'vitest';
import type { DrillResult } from '../drill/index.ts';
import { shopFaults } from './shop.fixture.ts';
import { summarise, times } from './summarise.ts';

const suite = { system: 'shop', faults: Object.values(shopFaults) };

function result(changes: Partial<DrillResult>): DrillResult {
  const defaults = { system: 'shop', fault: 'OVEN_OUT', ok: true, recovered: true, autoRecoverable: true };
  return { ...defaults, unhandled: 0, contextLost: 0, ...changes } as DrillResult;
}

describe('the summary', () => {
  it('counts a fault as covered when a drill of it was ok, and none failed', () => {
    expect(summarise([suite], [result({})])).toMatchObject({ faultsDeclared: 2, faultsCovered: 1 });
    const oneFailed = [result({}), result({ ok: false })];
    expect(summarise([suite], oneFailed)).toMatchObject({ faultsCovered: 0, drills: 2, ok: 1 });
  });

  it('counts automated recovery over the faults that declare it', () => {
    const byHand = result({ fault: 'DOOR_STUCK', autoRecoverable: false, recovered: false });
    expect(summarise([suite], [result({}), byHand]).automatedRecovery).toBe(1);
    expect(summarise([suite], [result({}), result({ recovered: false }), byHand]).automatedRecovery).toBe(
      0.5,
    );
    expect(summarise([suite], []).automatedRecovery).toBe(1);
  });

  it('adds up what was unhandled and what lost its context', () => {
    const results = [result({ unhandled: 2, contextLost: 1 }), result({ unhandled: 1, contextLost: 4 })];
    expect(summarise([suite], results)).toMatchObject({ unhandled: 3, contextLost: 5 });
  });
});

describe('times', () => {
  it('are nearest ranks of those that there are', () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(times([null, ...values])).toEqual({ p50: 100, p99: 198, max: 200 });
    expect(times([7])).toEqual({ p50: 7, p99: 7, max: 7 });
    expect(times([null])).toEqual({ p50: null, p99: null, max: null });
  });
});
