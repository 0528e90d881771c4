import { supervisionFaults, timeoutFaults } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { faultsIn, type SeenFault } from './faults-in.ts';
import { lostContext } from './lost-context.ts';

const bySignal = { by: 'signal', source: 'drill' } as const;

test('a fault whose context says what the problem was has lost nothing', () => {
  const fault = supervisionFaults.CHILD_REFUSED({ supervisor: 'drill', child: 'a', problem: 'duplicate' });
  expect(lostContext(faultsIn(fault)[0] as SeenFault, bySignal)).toBeUndefined();
});

test('a fault whose context cannot be written down has lost it', () => {
  const fault = timeoutFaults.TIMED_OUT({ pipeline: 'drill', timeoutMs: 1n as never });
  expect(lostContext(faultsIn(fault)[0] as SeenFault, bySignal)).toBe('a context that can be written down');
});
