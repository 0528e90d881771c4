import { expect, test } from 'vitest';
import { defineFaults, fault, severity } from '../../faults/index.ts';
import { retryAfterHeader } from './retry-after-header.ts';

const nowMs = Date.UTC(2026, 0, 1);
const faults = defineFaults('test', {
  BUSY: fault<{ readonly retryAfterMs: number }>({
    category: 'test',
    severity: severity.WARNING,
    recovery: 'retry',
    message: 'busy',
  }),
});
const headers = (value: string) => ({ headers: new Headers({ 'Retry-After': value }) });
const circle: { cause?: unknown } = {};
circle.cause = circle;
const broken = Object.defineProperty({}, 'headers', {
  get() {
    throw new Error('no headers');
  },
});

test.each<[string, unknown, number | undefined]>([
  ['a fault with a time', faults.BUSY({ retryAfterMs: 1234 }), 1234],
  ['a response with seconds', new Response('', { status: 503, headers: { 'retry-after': '2' } }), 2000],
  ['a response with 0 seconds', headers('0'), 0],
  ['a response with a date', headers('Thu, 01 Jan 2026 00:00:30 GMT'), 30_000],
  ['a response with a date that is past', headers('Wed, 31 Dec 2025 23:59:50 GMT'), -10_000],
  ['an error with a response', Object.assign(new Error('429'), { response: headers('3') }), 3000],
  ['an error with plain headers', Object.assign(new Error('429'), { headers: { 'retry-after': '4' } }), 4000],
  ['an error with plain numbers', { response: { headers: { 'retry-after': 5 } } }, 5000],
  ['a fault whose cause says it', new Error('late', { cause: new Error('', { cause: headers('6') }) }), 6000],
  ['nonsense', headers('soon'), Number.NaN],
  ['no header', { headers: new Headers() }, undefined],
  ['an error without', new Error('no'), undefined],
  ['a text', 'no', undefined],
  ['nothing', undefined, undefined],
  ['null', null, undefined],
  ['causes in a circle', circle, undefined],
  ['a getter that throws', broken, undefined],
])('%s asks to wait for the time it says', (_what, failure, waitMs) => {
  expect(retryAfterHeader(failure, nowMs)).toBe(waitMs);
});
