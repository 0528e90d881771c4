import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  breaker,
  breakerChanged,
  bulkhead,
  childExited,
  childStarted,
  defineFaults,
  ErrorHandler,
  fallback,
  featureChanged,
  pipeline,
  qualityChanged,
  recoveryFinished,
  retry,
  type Signal,
  Signals,
  type SignalType,
  SimulatedClock,
  severity,
  staleServed,
  transactionFinished,
} from '@sustain/kernel';
import * as stores from '@sustain/stores';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../index.ts';
import { lacksPromtool, promtoolSays, samplesOf } from '../scrape.fixture.ts';
import { metricsOfSignals } from './index.ts';
import { jobSignals, serverSignals, storeSignals, uncounted } from './service-signals.ts';

const faults = defineFaults('test', {
  BROKEN: {
    category: 'audio',
    severity: severity.ERROR,
    recovery: 'mend',
    retryable: true,
    message: 'it broke',
  },
});

function listening() {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const metrics = createMetrics({ clock });
  const stop = metricsOfSignals(signals, metrics);
  const emit = <Data>(type: SignalType<Data>, data: Data, source = 'src') =>
    signals.channel(type).emit(data, { source });
  return { clock, signals, metrics, stop, emit, samples: (name: string) => samplesOf(metrics, name) };
}

describe('the figures of signals', () => {
  it('cover every signal that a package defines, or say why not', () => {
    const heard = new Set<string>();
    const bus = new Signals();
    const on = bus.on;
    Object.assign(bus, {
      on: (type: SignalType<unknown>, listener: (signal: Signal) => void) => {
        heard.add(type.type);
        return on(type, listener);
      },
    });
    metricsOfSignals(bus, createMetrics());
    const packages = resolve(import.meta.dirname, '../../../..');
    const sources = globSync('*/src/**/*.ts', {
      cwd: packages,
      // What drills break tells what it does to its drill alone.
      exclude: ['**/*.{test,fixture}.ts', '**/fixtures/**', 'ops/src/metrics/**', 'drills/src/suites/**'],
    });
    const defined = sources.flatMap((file) =>
      [
        ...readFileSync(join(packages, file), 'utf8').matchAll(/defineSignal(?:<[^(]*?>)?\(\s*'([\w.-]+)'/gs),
      ].map(([, type]) => type as string),
    );
    expect(defined.length).toBeGreaterThan(40);
    expect(defined.filter((type) => !heard.has(type) && !(type in uncounted))).toEqual([]);
    expect([...heard].filter((type) => !defined.includes(type))).toEqual([]);
  });

  it('read of stores, which are not imported, what stores tell', () => {
    const types: readonly (readonly [{ readonly type: string }, { readonly type: string }])[] = [
      [stores.fallbackChanged satisfies SignalType<DataOf<'fallbackChanged'>>, storeSignals.fallbackChanged],
      [
        stores.fallbackReplayed satisfies SignalType<DataOf<'fallbackReplayed'>>,
        storeSignals.fallbackReplayed,
      ],
      [
        stores.fallbackConflict satisfies SignalType<DataOf<'fallbackConflict'>>,
        storeSignals.fallbackConflict,
      ],
      [
        stores.storeAvailability satisfies SignalType<DataOf<'storeAvailability'>>,
        storeSignals.storeAvailability,
      ],
      [stores.leaseAcquired satisfies SignalType<DataOf<'leaseAcquired'>>, storeSignals.leaseAcquired],
      [stores.leaseReleased satisfies SignalType<DataOf<'leaseReleased'>>, storeSignals.leaseReleased],
      [
        stores.sharedBreakerAlone satisfies SignalType<DataOf<'sharedBreakerAlone'>>,
        storeSignals.sharedBreakerAlone,
      ],
      [
        stores.sharedBreakerDecided satisfies SignalType<DataOf<'sharedBreakerDecided'>>,
        storeSignals.sharedBreakerDecided,
      ],
    ];
    for (const [theirs, ours] of types) expect(ours.type).toBe(theirs.type);
  });

  it('count faults by code, component and severity, and recoveries by strategy and outcome', async () => {
    const { clock, signals, samples } = listening();
    const handler = new ErrorHandler({
      clock,
      signals,
      strategies: [
        {
          name: 'mend',
          recover: async (_fault, { component }) => ({
            success: component === 'mic',
            fallbackUsed: false,
            message: 'done',
          }),
        },
      ],
    });
    await handler.handleError(faults.BROKEN({}), { component: 'mic' });
    await handler.handleError(faults.BROKEN({}), { component: 'speaker' });
    handler.clear('speaker');
    expect(await samples('sustain_faults_total')).toEqual([
      'sustain_faults_total{system="test",code="BROKEN",component="mic",severity="ERROR"} 1',
      'sustain_faults_total{system="test",code="BROKEN",component="speaker",severity="ERROR"} 1',
    ]);
    expect(await samples('sustain_recoveries_total{strategy="mend"')).toEqual([
      'sustain_recoveries_total{strategy="mend",outcome="recovered"} 1',
      'sustain_recoveries_total{strategy="mend",outcome="failed"} 1',
    ]);
    expect(await samples('recovery_duration_seconds_count{strategy="mend"')).toEqual([
      'sustain_recovery_duration_seconds_count{strategy="mend"} 2',
    ]);
    expect(await samples('faults_cleared')).toContain(
      'sustain_faults_cleared_total{system="test",code="BROKEN",component="speaker"} 1',
    );
  });

  it('give error_count by type, as the seeds ask: sustain_errors_total by category', async () => {
    const { signals, samples } = listening();
    await new ErrorHandler({ signals }).handleError(faults.BROKEN({}));
    expect(await samples('sustain_errors_total')).toEqual(['sustain_errors_total{type="audio"} 1']);
  });

  it('count what policies do: retries, refusals, fallbacks, breakers', async () => {
    const { clock, signals, samples } = listening();
    const calls = pipeline(
      { name: 'llm', clock, signals },
      fallback('instead'),
      retry({ maxAttempts: 3 }),
      breaker({ name: 'llm', consecutive: 3 }),
    );
    const answer = calls.run(() => Promise.reject(faults.BROKEN({})));
    await clock.advance(60_000);
    expect(await answer).toBe('instead');
    expect(await samples('sustain_retries_total')).toEqual(['sustain_retries_total{pipeline="llm"} 2']);
    expect(await samples('retries_exhausted')).toHaveLength(1);
    expect(await samples('fallbacks_used')).toEqual(['sustain_fallbacks_used_total{pipeline="llm"} 1']);
    expect(await samples('sustain_breaker_state')).toEqual([
      'sustain_breaker_state{breaker="llm",state="closed"} 0',
      'sustain_breaker_state{breaker="llm",state="open"} 1',
    ]);
    const narrow = pipeline({ name: 'n', clock, signals }, bulkhead({ name: 'room', limit: 1 }));
    const first = narrow.run(({ signal }) => clock.sleep(1000, { signal }));
    await expect(narrow.run(() => 1)).rejects.toThrow();
    await clock.advance(1000);
    await first;
    expect(await samples('refusals')).toEqual(['sustain_refusals_total{policy="bulkhead",name="room"} 1']);
  });

  it('count what the rest tells, and stop when they are told to', async () => {
    const { stop, emit, samples, signals, metrics } = listening();
    const about = { supervisor: 'studio', child: 'tts', restarts: 1, restartsInWindow: 1 };
    emit(childExited, { ...about, reason: 'failed' as never, action: 'restart', why: 'it', delayMs: 5 });
    emit(childStarted, { ...about, downMs: 1500 });
    emit(featureChanged, { feature: 'video', enabled: false, reason: 'load', because: 'video' });
    emit(qualityChanged, { from: 'high', to: 'low', input: 'cpu', value: 1 }, 'ladder');
    emit(staleServed, { key: 'k', ageMs: 2500 }, 'weather');
    emit(transactionFinished, { transaction: 'move', result: { state: 'done' } });
    emit(serverSignals.requestRefused, { fault: faults.BROKEN({}), status: 503 });
    emit(storeSignals.storeAvailability, { state: 'unavailable' }, 'redis');
    emit(jobSignals.completed, { durationMs: 20 }, 'q');
    signals.on(breakerChanged, () => {
      throw new Error('broken listener');
    });
    emit(breakerChanged, { from: 'closed', to: 'isolated', reason: 'isolated' }, 'b');
    const all = [
      'sustain_child_restarts_total{supervisor="studio",child="tts"} 1',
      'sustain_child_up{supervisor="studio",child="tts"} 1',
      'sustain_child_down_seconds_sum{supervisor="studio",child="tts"} 1.5',
      'sustain_feature_enabled{features="src",feature="video"} 0',
      'sustain_quality_level{ladder="ladder",level="low"} 1',
      'sustain_stale_answer_age_seconds_sum{cache="weather"} 2.5',
      'sustain_transactions_total{transaction="move",outcome="done"} 1',
      'sustain_requests_refused_total{code="BROKEN",status="503"} 1',
      'sustain_store_available{store="redis"} 0',
      'sustain_jobs_total{queue="q",event="completed"} 1',
      'sustain_signal_listener_errors_total 1',
    ];
    expect(await samples('')).toEqual(expect.arrayContaining(all));
    stop();
    stop();
    expect(signals.channel(featureChanged).heard).toBe(false);
    emit(recoveryFinished, {} as never);
    expect(await samples('listener_errors')).toEqual(['sustain_signal_listener_errors_total 1']);
    metricsOfSignals(signals, metrics);
    expect(await samples('listener_errors')).toEqual(['sustain_signal_listener_errors_total 1']);
  });

  it.skipIf(lacksPromtool)('are accepted by promtool, all of them', async () => {
    const { metrics, emit } = listening();
    emit(childStarted, { supervisor: 's', child: 'c', restarts: 1, restartsInWindow: 1, downMs: 1 });
    expect(await promtoolSays(metrics)).toBe('');
  });
});

type DataOf<Name extends keyof typeof storeSignals> =
  (typeof storeSignals)[Name] extends SignalType<infer Data> ? Data : never;
