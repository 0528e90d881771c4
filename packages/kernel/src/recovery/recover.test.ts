import { describe, expect, test } from 'vitest';
import { severity } from '../faults/index.ts';
import { recoveryFinished } from './recovery-signals.ts';
import type { RecoveryStrategy } from './recovery-strategy.ts';
import { restart } from './strategies/index.ts';
import { faults, here, inVain, mended, workshop } from './workshop.fixture.ts';

describe('one strategy asked for by name', () => {
  const spare: RecoveryStrategy = {
    name: 'default_fallback',
    recover: () => ({ success: true, fallbackUsed: true, message: 'spare', output: 'zeros' }),
  };

  test('is carried out whatever the fault declares, and nothing is said of the fault itself', async () => {
    const { handler, said } = workshop(() => inVain, { strategies: [spare] });
    const told: string[] = [];
    handler.subscribe(({ fault }) => told.push(fault.code), severity.DEBUG);
    await handler.handleError(faults.HICCUP({}), here);
    said.length = told.length = 0;
    const recovered = await handler.recover(faults.HICCUP({}), 'default_fallback', here);
    expect(recovered).toMatchObject({ success: true, fallbackUsed: true, message: 'spare', output: 'zeros' });
    expect(said).toEqual(['fault.cleared', 'recovery.finished']);
    expect(told).toEqual([]);
    expect(handler.currentFaults()).toEqual([]);
  });

  test("as `fallback` is the handler's fallback", async () => {
    const { handler } = workshop(() => inVain, { strategies: [spare] });
    expect(await handler.recover(faults.BROKE({}))).toMatchObject({ success: true, message: 'spare' });
    const other = workshop(() => mended, { strategies: [spare], fallback: 'mend' });
    expect(await other.handler.recover(faults.BROKE({}))).toMatchObject({ message: 'mended' });
  });

  test('does not fall back, restart or alert, and an unknown name is an answer', async () => {
    const { handler, said } = workshop(() => inVain, {
      strategies: [spare, restart({ restart: () => true })],
    });
    expect(await handler.recover(faults.COLLAPSED({}), 'mend', here)).toMatchObject({ success: false });
    expect(said).toEqual(['recovery.finished']);
    expect(await handler.recover(faults.BROKE({}), 'nobody_knows')).toMatchObject({
      success: false,
      message: 'nobody_knows failed itself: Error: it is unknown; known are mend,default_fallback,restart',
    });
  });

  test('of what was cancelled does nothing', async () => {
    const { handler, calls } = workshop();
    const cancelled = new DOMException('the listener left', 'AbortError');
    expect(await handler.recover(cancelled, 'mend', here)).toMatchObject({ success: false });
    expect(calls).toEqual([]);
  });

  test('whenever one has ended ends in a storm', async () => {
    const { handler, signals, calls } = workshop(() => inVain);
    const lost: Promise<unknown>[] = [];
    signals.on(recoveryFinished, ({ data }) => {
      lost.push(handler.recover(data.fault, 'mend', here));
    });
    await handler.recover(faults.BROKE({}), 'mend', here);
    while (lost.length > 0) await lost.shift();
    expect(calls).toHaveLength(100);
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
