import { type AnyFaultFactory, defineFaults, type Random, severity } from '@sustain/kernel';
import type { CauseKind, DrillMoment, DrillResult, DrillSummary, Times } from '../drill/index.ts';

/** As many as there are in this repository. */
const RECOVERIES = [
  ...['restart', 'reconnect_retry', 'simplify', 'reject', 'default_fallback', 'escalate'],
  ...['none', 'retry', 'free_memory', 'log_to_console'],
];
const KINDS: readonly CauseKind[] = ['process', 'network', 'server', 'code', 'input', 'disk', 'load'];
const CODES = ['CRASHED', 'HUNG', 'UNAVAILABLE', 'OUTCOME_UNKNOWN', 'INVALID_AUDIO', 'TOO_SLOW', 'NOT_BUILT'];

/** Systems of 7 faults each. */
export function someFaults(systems: number): AnyFaultFactory[] {
  const names = ['auralis', 'stores', 'policies', 'node', 'jobs', 'audio'];
  return Array.from({ length: systems }, (_, index) => {
    const declarations = CODES.map((code, position) => {
      const recovery = RECOVERIES[(position + index) % RECOVERIES.length] as string;
      const autoRecoverable = recovery !== 'escalate';
      return [code, { category: 'test', severity: severity.ERROR, recovery, autoRecoverable, message: 'x' }];
    });
    const catalog = defineFaults(names[index] ?? `system-${index}`, Object.fromEntries(declarations));
    return Object.values(catalog as Record<string, AnyFaultFactory>);
  }).flat();
}

/** Results that look like those of real drills: about one of 20 fails, some by fallback, some that a person ends. */
export function someResults(
  faults: readonly AnyFaultFactory[],
  count: number,
  random: Random,
): DrillResult[] {
  return Array.from({ length: count }, (_, index) => {
    const fault = faults[index % faults.length] as AnyFaultFactory;
    const autoRecoverable = fault.declaration.autoRecoverable ?? true;
    const kind = KINDS[Math.floor(random.next() * KINDS.length)] as CauseKind;
    return someResult(fault, `drill-${index}`, { kind, autoRecoverable, ok: random.next() > 0.05 }, random);
  });
}

function someResult(
  fault: AnyFaultFactory,
  drill: string,
  { kind, autoRecoverable, ok }: Pick<DrillResult, 'kind' | 'autoRecoverable' | 'ok'>,
  random: Random,
): DrillResult {
  const skewed = (most: number) => Math.round(10 * most ** random.next()) / 10;
  const fallback = autoRecoverable && random.next() > 0.7;
  const detectMs = skewed(200);
  const recoveryMs = ok && autoRecoverable ? skewed(900) : null;
  const goneMs = detectMs + (recoveryMs ?? 300) + skewed(400);
  const restoreMs = ok ? skewed(4000) : null;
  const moment = (atMs: number, what: DrillMoment['what'], text = ''): DrillMoment => ({ atMs, what, text });
  const uses = Array.from({ length: 30 }, (_, index) => {
    const atMs = (index * (goneMs + (restoreMs ?? 5000))) / 30;
    const down = atMs > detectMs && atMs < detectMs + (recoveryMs ?? 1e9);
    return moment(
      atMs,
      down ? 'failed' : 'used',
      down ? `${fault.code}: it does not answer (${index})` : 'full',
    );
  });
  const timeline = [
    moment(0, 'injected'),
    moment(detectMs, 'detected', `fault of ${fault.system}`),
    ...(recoveryMs === null
      ? []
      : [moment(detectMs + recoveryMs, 'recovered', fallback ? 'fallback' : 'full')]),
    moment(goneMs, 'cause-gone'),
    ...(restoreMs === null ? [] : [moment(goneMs + restoreMs, 'restored')]),
    ...uses,
  ].toSorted((one, other) => one.atMs - other.atMs);
  const substitutes =
    kind === 'disk' ? ['a file where the folder should be, as this machine mounts no tmpfs'] : [];
  return {
    system: fault.system,
    fault: fault.code,
    drill,
    ok,
    recovered: recoveryMs !== null,
    fallback: fallback && recoveryMs !== null,
    detectMs,
    recoveryMs,
    restoreMs,
    detail: ok ? 'as it should' : `full function was not back within 5000 ms of the end of its cause`,
    kind,
    recovery: fault.declaration.recovery,
    autoRecoverable,
    breaks: 'SIGKILL to the process that does the work',
    recovers: 'its supervisor starts the next one, which does the same work again',
    notices: 'nothing',
    limits: { startMs: 30_000, detectMs: 1000, recoveryMs: 1000, restoreMs: 5000 },
    substitutes,
    unhandled: 0,
    contextLost: 0,
    timeline,
    replay: `sustain drill ${fault.system}/${drill} --seed 7`,
  };
}

/** What the runner would sum up. */
export function summaryOf(faults: readonly AnyFaultFactory[], results: readonly DrillResult[]): DrillSummary {
  const seen = new Set(results.filter(({ ok }) => ok).map(({ system, fault }) => `${system} ${fault}`));
  const automatic = results.filter(({ autoRecoverable }) => autoRecoverable);
  return {
    drills: results.length,
    ok: results.filter(({ ok }) => ok).length,
    faultsDeclared: faults.length,
    faultsCovered: seen.size,
    automatedRecovery:
      automatic.length === 0 ? 1 : automatic.filter(({ recovered }) => recovered).length / automatic.length,
    unhandled: 0,
    contextLost: 0,
    detectMs: times(results.map(({ detectMs }) => detectMs)),
    recoveryMs: times(results.map(({ recoveryMs }) => recoveryMs)),
    restoreMs: times(results.map(({ restoreMs }) => restoreMs)),
  };
}

function times(values: readonly (number | null)[]): Times {
  const sorted = values.filter((value) => value !== null).toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? null;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
