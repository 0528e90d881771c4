import type { Writable } from 'node:stream';
import { Fault, type Signal, type Signals, severity, severityName } from '@sustain/kernel';

/**
 * Tells people, a line each, of faults and of what supervisors do: time, level, source, what happened.
 * Answers the way to stop.
 */
export function printSignals(signals: Signals, output: Writable): () => void {
  return signals.onAny((signal) => {
    const line = lineOf(signal);
    if (line !== undefined) output.write(`${new Date(signal.wallMs).toISOString()} ${line}\n`);
  });
}

function lineOf({ type, source, data }: Signal): string | undefined {
  const { fault, child, downMs } = data as { fault?: unknown; child?: string; downMs?: number };
  const who = child === undefined ? source : `${source}/${child}`;
  if (fault instanceof Fault) {
    if (fault.severity < severity.WARNING) return undefined;
    return `${severityName(fault.severity)} ${who} ${type}: ${fault.message}`;
  }
  if (downMs !== undefined) return `INFO ${who} ${type}: up again after ${Math.round(downMs)} ms`;
  return undefined;
}
