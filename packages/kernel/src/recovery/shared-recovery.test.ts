import { describe, expect, test } from 'vitest';
import { defineFaults, severity } from '../faults/index.ts';
import type { RecoveryResult, RecoveryStrategy } from './recovery-strategy.ts';
import { declare, faults, here, inVain, mended, workshop } from './workshop.fixture.ts';

describe('equal faults at once, whose answer depends on who asked', () => {
  const cache: RecoveryStrategy = {
    name: 'mend_alone',
    shared: false,
    recover: async (_, { user }) => ({ ...mended, fallbackUsed: true, output: `for ${user}` }),
  };
  const alone = defineFaults('test', { LATE: declare(severity.WARNING, 'mend_alone') });
  const asked = ['ada', 'grace'];
  const outputs = (responses: readonly { readonly output?: unknown }[]) =>
    responses.map(({ output }) => output);

  test('are answered each for itself by a strategy that does not share', async () => {
    const { handler } = workshop(undefined, { strategies: [cache] });
    const both = asked.map((user) => handler.handleError(alone.LATE({}), { ...here, user }));
    expect(outputs(await Promise.all(both))).toEqual(['for ada', 'for grace']);
  });

  test('share a first strategy that does, and not the fallback after it', async () => {
    const gate = Promise.withResolvers<RecoveryResult>();
    const { handler, calls } = workshop(() => gate.promise, { strategies: [cache], fallback: 'mend_alone' });
    const both = asked.map((user) => handler.handleError(faults.BROKE({}), { ...here, user }));
    gate.resolve(inVain);
    expect(outputs(await Promise.all(both))).toEqual(['for ada', 'for grace']);
    expect(calls).toHaveLength(1);
  });

  test('are limited in number like all recoveries, also in the fallback after a shared one', async () => {
    const gate = Promise.withResolvers<RecoveryResult>();
    let fallbacks = 0;
    const alone: RecoveryStrategy = {
      name: 'mend_alone',
      shared: false,
      recover: () => (++fallbacks ? mended : inVain),
    };
    const { handler } = workshop(() => gate.promise, { strategies: [alone], fallback: 'mend_alone' });
    const all = Array.from({ length: 500 }, () => handler.handleError(faults.BROKE({}), here));
    gate.resolve(inVain);
    await Promise.all(all);
    expect(fallbacks).toBe(100);
  });
});
