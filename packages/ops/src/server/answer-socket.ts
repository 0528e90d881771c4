import type { Duplex } from 'node:stream';
import type { Operation } from '@sustain/kernel';
import { problemHeaders, problemOf } from './problem.ts';
import type { Refusal } from './refusal.ts';
import { securityHeaders } from './security-headers.ts';

/** Answers where Node has handed over the bare socket (an upgrade, a malformed request), so by hand; then ends it. */
export function answerSocket(socket: Duplex, refusal: Refusal, operation: Operation): void {
  if (!socket.writable) return;
  const problem = problemOf(refusal, operation.id);
  const body = JSON.stringify(problem);
  const headers = {
    ...securityHeaders,
    ...problemHeaders(refusal),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // A peer that does not end its side must not hold ours.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${problem.status} ${problem.title}\r\n${lines.join('')}\r\n${body}`);
}
