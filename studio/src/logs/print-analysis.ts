import { defused } from '@sustain/ops/log';
import type { FaultSummary, LogAnalysis } from '@sustain/ops/log/analysis';

/** What a log says as a whole, for people: the first `rows` of each list. */
export function analysisText(analysis: LogAnalysis, slowMs: number, rows = 10): string {
  const { entries, from, to, middle, perMinute, levels, faults, operations, modules, sessions } = analysis;
  if (entries === 0) return 'no entries\n';
  const { leftOut } = analysis;
  const counts = Object.entries(levels).filter(([, count]) => count > 0);
  const slow = operations.filter((operation) => operation.slow > 0);
  return [
    `${entries} entries from ${from} to ${to}, ${figure(perMinute)} a minute`,
    `levels: ${counts.map(([level, count]) => `${level} ${count}`).join(', ')}`,
    ...section(
      `faults (WARNING and above)${middle === undefined ? '' : `; halves: before and after ${middle}`}`,
      ['count', 'a minute', 'trend', 'halves', 'level', 'code', 'module', 'last'],
      faults.map(faultRow),
      rows,
      leftOut.faults,
    ),
    ...section(
      `operations that took ${slowMs} ms or more, of those that were logged`,
      ['slow', 'of', 'p50 ms', 'p95 ms', 'max ms', 'operation'],
      slow.map(({ slow, count, p50Ms, p95Ms, maxMs, operation }) => [
        ...[slow, count].map(String),
        ...[p50Ms, p95Ms, maxMs].map(figure),
        operation,
      ]),
      rows,
      leftOut.operations,
    ),
    ...section(
      'modules',
      ['entries', 'errors', 'module'],
      modules.map(({ entries, errors, module }) => [String(entries), String(errors), module]),
      rows,
      leftOut.modules,
    ),
    ...section(
      'sessions',
      ['entries', 'errors', 'from', 'to', 'session'],
      sessions.map(({ entries, errors, from, to, sessionId }) => [
        String(entries),
        String(errors),
        from,
        to,
        sessionId,
      ]),
      rows,
      leftOut.sessions,
    ),
    '',
  ].join('\n');
}

function faultRow({
  count,
  perMinute,
  trend,
  level,
  errorCode,
  module,
  lastMessage,
}: FaultSummary): string[] {
  const halves = `${trend.firstHalf} → ${trend.secondHalf}`;
  const last = lastMessage.length > 80 ? `${lastMessage.slice(0, 79)}…` : lastMessage;
  return [String(count), figure(perMinute), trend.direction, halves, level, errorCode ?? '-', module, last];
}

/** Nothing of what is empty. Figures stand to the right, the last column is not filled up. */
function section(
  title: string,
  head: readonly string[],
  all: readonly (readonly string[])[],
  rows: number,
  leftOut: number,
): string[] {
  if (all.length === 0) return [];
  const shown = [head, ...all.slice(0, rows)].map((row) => row.map(defused));
  const widths = head.map((_, column) => Math.max(...shown.map((row) => row[column]?.length ?? 0)));
  const lines = shown.map((row) => row.map((cell, column) => aligned(cell, column, row, widths)).join('  '));
  const more = all.length > rows ? [`  and ${all.length - rows} more (--json has all)`] : [];
  const without = leftOut > 0 ? [`  ${leftOut} entries are in no row: too many different ones`] : [];
  return ['', title, ...lines.map((line) => `  ${line}`), ...more, ...without];
}

function aligned(cell: string, column: number, row: readonly string[], widths: readonly number[]): string {
  if (column === row.length - 1) return cell;
  const width = widths[column] ?? 0;
  return /^[\d.]+$/.test(cell) ? cell.padStart(width) : cell.padEnd(width);
}

function figure(value: number): string {
  return value === 0 || value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
