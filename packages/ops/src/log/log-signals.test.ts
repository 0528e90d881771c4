import {
  breakerChanged,
  childExited,
  childStarted,
  defineFaults,
  defineSignal,
  type Fault,
  fault,
  faultRaised,
  faultStorm,
  pipeline,
  recoveryFinished,
  retry,
  Signals,
  type SignalType,
  SimulatedClock,
  severity,
} from '@sustain/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { createLogging, type LogEntry, type Logging, type LogSignalsOptions, logSignals } from './index.ts';

const faults = defineFaults('bot', {
  LLM_DOWN: fault<{ provider: string }>({
    category: 'network',
    severity: severity.ERROR,
    recovery: 'cached_response',
    message: ({ provider }) => `${provider} does not answer`,
  }),
});

let clock: SimulatedClock;
let signals: Signals;
let logging: Logging;
let entries: LogEntry[];
beforeEach(() => {
  clock = new SimulatedClock();
  signals = new Signals({ clock });
  entries = [];
  const stream = { write: (line: string) => entries.push(JSON.parse(line)) };
  logging = createLogging({ outputs: [{ console: 'json', stream }], level: 'DEBUG', clock });
});

const emit = <Data>(type: SignalType<Data>, data: Data, source = 'llm') =>
  signals.channel(type).emit(data, { source, operationId: 'op-1' });
const listen = (options: LogSignalsOptions = {}) => logSignals(signals, logging, { clock, ...options });
const said = () => entries.map(({ level, module, message }) => `${level} ${module} - ${message}`);

describe('logSignals', () => {
  it('logs a fault with its code, context, operation and stack', () => {
    listen();
    emit(faultRaised, {
      fault: faults.LLM_DOWN({ provider: 'x' }, { operationId: 'op-1' }),
      context: { component: 'llm', turn: 3 },
    });
    expect(entries).toMatchObject([
      {
        level: 'ERROR',
        module: 'llm',
        message: 'x does not answer',
        errorCode: 'LLM_DOWN',
        operationId: 'op-1',
        context: { provider: 'x', component: 'llm', turn: 3 },
        error: { stack: expect.stringContaining('log-signals.test.ts') },
      },
    ]);
  });

  it('says in a plain sentence what supervisors, breakers and recoveries do', () => {
    listen();
    const known = faults.LLM_DOWN({ provider: 'x' });
    const child = { supervisor: 'studio', child: 'synthesis', restarts: 1, restartsInWindow: 1 };
    emit(
      childExited,
      {
        ...child,
        reason: 'failed',
        fault: known,
        action: 'restart',
        why: 'permanent',
        delayMs: 500,
      } as never,
      'studio',
    );
    emit(childStarted, { ...child, downMs: 612.3 }, 'studio');
    emit(breakerChanged, { from: 'closed', to: 'open', reason: 'consecutive-failures' });
    emit(recoveryFinished, {
      fault: known,
      context: { component: 'llm' },
      strategy: 'cached_response',
      success: true,
      fallbackUsed: true,
      message: 'answered from the cache',
      durationMs: 12,
    } as never);
    expect(said()).toEqual([
      'ERROR studio - synthesis ended: x does not answer; restart in 500 ms',
      'INFO studio - synthesis is up again after 612 ms',
      'WARNING llm - the breaker went from closed to open: consecutive-failures',
      'INFO llm - LLM_DOWN: recovered, with less after 12 ms by cached_response: answered from the cache',
    ]);
  });

  it('logs every retry, with its number, and a stack at the last only (S4-12, S2-25)', async () => {
    listen();
    const calls = pipeline({ name: 'llm', clock, signals }, retry({ maxAttempts: 3, delayMs: 100 } as never));
    await clock.run(calls.run(() => Promise.reject(new Error('no answer'))).catch(() => undefined));
    expect(entries.map(({ message }) => message.replace(/in \d+ ms/, 'in … ms'))).toEqual([
      'attempt 1 failed, the next follows in … ms: Error: no answer',
      'attempt 2 failed, the next follows in … ms: Error: no answer',
      'gave up after 3 attempts (attempts): Error: no answer',
    ]);
    expect(entries.map(({ error }) => error?.stack !== undefined)).toEqual([false, false, true]);
  });

  it('writes ten lines of a kind, and says how many it has left out', async () => {
    listen();
    for (let call = 0; call < 822; call++)
      emit(faultRaised, { fault: faults.LLM_DOWN({ provider: 'x' }), context: { component: 'llm' } });
    emit(faultStorm, { fault: faults.LLM_DOWN({ provider: 'x' }), context: { component: 'llm' } });
    expect(entries).toHaveLength(11);
    await clock.advance(10_000);
    expect(said().at(-1)).toBe('ERROR llm - … and 812 more like this: fault.raised LLM_DOWN');
    expect(entries.at(-1)).toMatchObject({ errorCode: 'LLM_DOWN', context: { leftOut: 812 } });
    emit(faultRaised, { fault: faults.LLM_DOWN({ provider: 'x' }), context: { component: 'llm' } });
    expect(entries).toHaveLength(13);
  });

  it('paces each level by itself, so that what is left out of the errors is told among the errors', async () => {
    listen({ mostAlike: 1, lines: { state: ({ data }) => ({ level: data, message: data }) } });
    const state = defineSignal<never>('state');
    for (let n = 0; n < 3; n++) for (const level of ['DEBUG', 'ERROR']) emit(state, level as never);
    for (let n = 0; n < 1000; n++) emit(state, 'DEBUG' as never, `source-${n}`);
    for (let n = 0; n < 5; n++) emit(state, 'ERROR' as never, `error-${n}`);
    await clock.advance(10_000);
    expect(said().filter((line) => line.includes('ERROR'))).toEqual([
      'ERROR llm - ERROR',
      'ERROR error-0 - ERROR',
      'ERROR llm - … and 2 more like this: state',
      'ERROR error-0 - … and 4 more like this: signals of many kinds',
    ]);
  });

  it('stays within its memory when a million sources tell something, and still counts all', async () => {
    listen({ mostAlike: 1 });
    const noted = defineSignal<{ n: number }>('noted');
    for (let n = 0; n < 20_000; n++) emit(noted, { n }, `source-${n}`);
    expect(entries).toHaveLength(1001);
    await clock.advance(10_000);
    expect(entries.at(-1)?.message).toBe(`… and ${20_000 - 1001} more like this: signals of many kinds`);
  });

  it('tells of signals that nobody knows at DEBUG, or at the level of their fault, and of some nothing', () => {
    listen({ lines: { 'my.kind': () => ({ level: 'INFO', message: 'my own words' }), hushed: () => null } });
    emit(defineSignal<unknown>('strange'), { bytes: new Uint8Array(10_000) });
    emit(defineSignal<{ fault: Fault }>('refused'), { fault: faults.LLM_DOWN({ provider: 'x' }) });
    emit(defineSignal<unknown>('my.kind'), undefined);
    emit(defineSignal<unknown>('hushed'), undefined);
    emit(defineSignal<unknown>('jobs.progress'), { id: '1', progress: 0.5 });
    expect(said()).toEqual([
      'DEBUG llm - strange',
      'ERROR llm - refused: x does not answer',
      'INFO llm - my own words',
    ]);
    expect(entries[0]?.context).toEqual({ data: { bytes: '[Uint8Array, 10000 bytes]' } });
  });

  it('is not thrown off by a signal whose data is not what its type says', () => {
    listen();
    for (const type of [
      'fault.raised',
      'store.availability',
      'lease.lost',
      'supervisor.child.exited',
      'server.request.refused',
    ]) {
      emit(defineSignal<unknown>(type), undefined);
    }
    expect(signals.counts.listenerErrors).toBe(0);
    expect(said()).toHaveLength(5);
  });

  it('stops, and then tells what it has left out', () => {
    const stop = listen({ mostAlike: 1 });
    const noted = defineSignal<undefined>('noted');
    for (let n = 0; n < 3; n++) emit(noted, undefined);
    stop();
    emit(noted, undefined);
    expect(said()).toEqual(['DEBUG llm - noted', 'DEBUG llm - … and 2 more like this: noted']);
    expect(clock.waitingTimers).toBe(0);
  });
});
