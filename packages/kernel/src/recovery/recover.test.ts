import { describe, expect, test } from 'vitest';
import { severity } from '../faults/index.ts';
import { recoveryRefused, recoveryStarted } from './recovery-signals.ts';
import type { RecoveryStrategy } from './recovery-strategy.ts';
import { faults, here, inVain, mended, workshop } from './workshop.fixture.ts';

describe('one strategy asked for by name', () => {
  const spare: RecoveryStrategy = {
    name: 'default_fallback',
    recover: () => ({ success: true, fallbackUsed: true, message: 'spare', output: 'zeros' }),
  };

  test('is carried out whatever the fault declares, and nothing is said of the fault itself', async () => {
    const { handler, said } = workshop(() => inVain, { strategies: [spare] });
    const told: string[] = [];
    handler.subscribe({ severity: severity.DEBUG }, ({ fault }) => told.push(fault.code));
    await handler.handleError(faults.HICCUP({}), here);
    said.length = told.length = 0;
    const recovered = await handler.recover(faults.HICCUP({}), 'default_fallback', here);
    expect(recovered).toMatchObject({ success: true, fallbackUsed: true, message: 'spare', output: 'zeros' });
    expect(said).toEqual(['recovery.started', 'recovery.finished', 'fault.cleared']);
    expect(told).toEqual([]);
    expect(handler.currentFaults()).toEqual([]);
  });

  test("as `fallback` is the handler's fallback, unless there is one of that name", async () => {
    const { handler } = workshop(() => inVain, { strategies: [spare] });
    expect(await handler.recover(faults.BROKE({}))).toMatchObject({ success: true, message: 'spare' });
    const own: RecoveryStrategy = { name: 'fallback', recover: () => mended };
    const other = workshop(() => inVain, { strategies: [spare, own] });
    expect(await other.handler.recover(faults.BROKE({}))).toMatchObject({ message: 'mended' });
  });

  test('does not fall back, restart or alert, and an unknown name is an answer', async () => {
    const { handler, said } = workshop(() => inVain, { strategies: [spare], restartComponent: () => true });
    expect(await handler.recover(faults.COLLAPSED({}), 'mend', here)).toMatchObject({ success: false });
    expect(said).toEqual(['recovery.started', 'recovery.finished']);
    expect(await handler.recover(faults.BROKE({}), 'nobody_knows')).toMatchObject({
      success: false,
      message:
        'nobody_knows of unknown failed itself: Error: it is unknown; known are mend, default_fallback',
    });
  });

  test('of what was cancelled does nothing', async () => {
    const { handler, calls } = workshop();
    const cancelled = new DOMException('the listener left', 'AbortError');
    expect(await handler.recover(cancelled, 'mend', here)).toMatchObject({ success: false });
    expect(calls).toEqual([]);
  });

  test('whenever one is refused ends in a storm', async () => {
    const { handler, signals } = workshop(() => inVain, { loopLimits: { maxPerFault: 20 } });
    let refusals = 0;
    signals.on(recoveryRefused, ({ data }) => {
      refusals++;
      return handler.recover(data.fault, 'mend', here);
    });
    signals.on(recoveryStarted, ({ data }) => handler.recover(data.fault, 'mend', here));
    await handler.recover(faults.BROKE({}), 'mend', here);
    expect(refusals).toBeGreaterThan(0);
    expect(refusals).toBeLessThanOrEqual(20);
    expect(signals.counts.listenerErrors).toBe(0);
  });

  test('from within itself ends at once: no loop', async () => {
    const { handler, calls, clock } = workshop(async (fault, context) => {
      await clock.sleep(5);
      await handler.recover(fault, 'mend', context);
      return inVain;
    });
    await clock.run(handler.recover(faults.BROKE({}), 'mend', here));
    expect(calls).toHaveLength(1);
    expect(clock.monotonicMs()).toBe(5);
  });
});
