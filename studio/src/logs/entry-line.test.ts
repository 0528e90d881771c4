import type { LogEntry } from '@sustain/ops/log';
import { expect, test } from 'vitest';
import { jsonLine, prettyLine } from './entry-line.ts';

const entry: LogEntry = {
  timestamp: '2026-11-22T13:40:25.123Z',
  level: 'ERROR',
  module: 'auralis/synthesis',
  message: 'the engine stopped',
  errorCode: 'SYNTHESIS_FAILED',
  context: { phraseId: 7 },
  sessionId: 's',
  userId: 'u',
  operationId: 'op-1',
  performance: { operation: 'render', durationMs: 12.5 },
};

test('an entry is one line that says when, how bad, where, what, and of which operation', () => {
  expect(prettyLine(false)(entry)).toBe(
    '2026-11-22T13:40:25.123Z ERROR    auralis/synthesis SYNTHESIS_FAILED: the engine stopped {"phraseId":7} render=12.5ms user=u operation=op-1\n',
  );
  expect(prettyLine(true)(entry)).toContain('\x1b[31mERROR   \x1b[39m auralis');
});

test('what a terminal would obey is defused, wherever it stands', () => {
  const evil = '\x1b]0;owned\x07\n2026 fake\r\x9b31m\u2028\u202e';
  const line = prettyLine(false)({
    ...entry,
    ...{ module: evil, message: evil, errorCode: evil, userId: evil, operationId: evil },
    context: { [evil]: evil },
    performance: { operation: evil, durationMs: 1 },
  });
  expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
  expect(line.endsWith('\n')).toBe(true);
});

test('as JSON it is the entry', () => {
  expect(JSON.parse(jsonLine(entry))).toEqual(entry);
});
