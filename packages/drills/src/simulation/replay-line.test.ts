import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drillFaults } from '../drill-faults.ts';
import { formatPlan, type PlannedFault, parsePlan } from './index.ts';
import { formatReplay, parseReplay } from './replay-line.ts';

const forMs = fc.double({ min: 0, max: 1e9, noNaN: true });
const call = fc.constantFrom('server.notify#2', 'db:1.disk.write#1');
const fault: fc.Arbitrary<PlannedFault> = fc.oneof(
  fc.record({ at: call, what: fc.constantFrom('throw', 'hang', 'cancel') }),
  fc.record({ at: call, what: fc.constant('late'), forMs }),
  fc.record({ at: fc.constant('a>b#17'), what: fc.constantFrom('drop', 'reorder') }),
  fc.record({ at: fc.constantFrom('a@58.078', 'db@1.5e+21'), what: fc.constant('crash'), forMs }),
);

test('a line is what it was written from', () => {
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      fc.boolean(),
      fc.option(fc.array(fault), { nil: undefined }),
      (seed, calm, plan) => {
        expect(parseReplay(formatReplay({ seed, calm, plan }))).toEqual({
          seed,
          calm,
          ...(plan && { plan }),
        });
        if (plan) expect(parsePlan(formatPlan(plan))).toEqual(plan);
      },
    ),
  );
});

test('a line may be written by hand', () => {
  expect(parseReplay(' 42 ')).toEqual({ seed: 42, calm: false });
  expect(parseReplay('0x2a  calm a@5=crash')).toEqual({
    seed: 42,
    calm: true,
    plan: [{ at: 'a@5', what: 'crash' }],
  });
});

test.each([
  ['', 'a seed is a whole number, like 0x2a; got ""'],
  ['-1', 'a seed is a whole number, like 0x2a; got "-1"'],
  ['0x2a hang', '"hang" is not like server.notify#2=hang'],
  ['0x2a a#1=explode', '"a#1=explode" is not like'],
  ['0x2a a#1=hang,', '"" is not like'],
  ['0x2a notify=hang', '"notify=hang" is not like'],
  ['0x2a a#e=hang', '"a#e=hang" is not like'],
  ['0x2a a@5=crash:-', '"a@5=crash:-" is not like'],
  ['0x2a a@5=crash:-5', '"a@5=crash:-5" is not like'],
  ['0x2a server.notify#2=drop', 'with one of throw,'],
  ['0x2a a>b#2=hang', 'a>b#3=drop, with one of drop,duplicate,reorder'],
  ['0x2a a@5=drop', 'a@1200=crash:50, with one of crash,pause,isolate'],
  ['0x2a none more', 'nothing may follow the plan; got "more"'],
])('a line that cannot be replayed is refused: %j', (line, problem) => {
  expect(() => parseReplay(line)).toThrow(
    expect.objectContaining({
      code: drillFaults.UNUSABLE_PLAN.code,
      message: expect.stringContaining(problem),
    }),
  );
});
