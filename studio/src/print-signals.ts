import {
  childExited,
  childStarted,
  Fault,
  faultCleared,
  recoveryFinished,
  type Signal,
  type Signals,
  type SignalType,
  severity,
  severityName,
} from '@sustain/kernel';
import type { Print } from './print-to.ts';

/**
 * Tells people, a line each, of faults, of what became of them, and of what supervisors do: time, level, source, what
 * happened. Answers the way to stop.
 */
export function printSignals(signals: Signals, print: Print): () => void {
  return signals.onAny((signal) => {
    const line = lines.has(signal.type) ? lines.get(signal.type)?.(signal) : faultLine(signal);
    if (line !== undefined)
      print(`${new Date(signal.wallMs).toISOString()} ${line.replace(CONTROLS, '\u{fffd}')}\n`);
  });
}

/** What a terminal would obey, or what would look like another line: faults quote what strangers have sent. */
const CONTROLS = /[\p{Cc}\u2028\u2029]/gu;

type Line = (signal: Signal) => string | undefined;

const lines: ReadonlyMap<string, Line> = new Map([
  line(faultCleared, () => undefined),
  line(recoveryFinished, ({ source, data }) => {
    const became = data.success
      ? data.fallbackUsed
        ? 'recovered, with less'
        : 'recovered'
      : 'not recovered';
    const level = data.success ? 'INFO' : 'ERROR';
    return `${level} ${source} ${data.fault.code}: ${became} after ${Math.round(data.durationMs)} ms: ${data.message}`;
  }),
  line(childExited, ({ source, data }) => {
    const fault = data.abandoned ?? (data.why === 'stopping' ? undefined : data.fault);
    return fault && `ERROR ${source}/${data.child}: ${fault.message}; ${data.action}`;
  }),
  line(childStarted, ({ source, data }) => {
    if (data.downMs === undefined) return undefined;
    return `INFO ${source}/${data.child}: up again after ${Math.round(data.downMs)} ms`;
  }),
]);

function line<Data>(
  { type }: SignalType<Data>,
  describe: (signal: Signal<Data>) => string | undefined,
): [string, Line] {
  return [type, (signal) => describe(signal as Signal<Data>)];
}

/** Any other signal is worth a line when it carries a fault that is. */
function faultLine({ source, data }: Signal): string | undefined {
  const { fault } = data as { readonly fault?: unknown };
  if (!(fault instanceof Fault) || fault.severity < severity.WARNING) return undefined;
  return `${severityName(fault.severity)} ${source} ${fault.code}: ${fault.message}`;
}
