import { ErrorHandler, Signals, SimulatedClock, severity } from '@sustain/kernel';
import { expect, it } from 'vitest';
import { sessionFaults } from '../faults.ts';
import { handleOrchestrationError, type OrchestrationErrorContext } from './index.ts';

const operationId = 'a'.repeat(32);
const about = {
  operation: 'run a stage',
  key: { appName: 'studio', userId: 'ada', sessionId: 's-1' },
  run: 'j-1',
  orchestration: 'film',
  stage: 'shoot',
  attempt: 2,
  operationId,
};
const away = () =>
  sessionFaults.SESSION_SERVICE_UNAVAILABLE({
    sessionId: 's-1',
    operation: 'updateSessionState',
    reason: 'the store is away at 10.0.0.7',
  });

async function handled(error: unknown, context: Partial<OrchestrationErrorContext> = {}) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const told: unknown[] = [];
  signals.onAny(({ type, source, operationId: id, data }) => told.push({ type, source, id, data }));
  const response = await handleOrchestrationError(error, { ...about, clock, signals, ...context });
  return { response, told };
}

it('S4-44: says it with its context, and records it, without text that nobody has declared', async () => {
  const recorded: unknown[] = [];
  const error = new TypeError('password hunter2 was refused');
  const { response, told } = await handled(error, { record: async (info) => recorded.push(info) });
  const info = {
    code: 'UNEXPECTED',
    message: 'TypeError',
    severity: 'ERROR',
    retryable: false,
    operationId,
    operation: 'run a stage',
    stage: 'shoot',
    wallMs: Date.UTC(2026, 0, 1),
  };
  expect(recorded).toEqual([info]);
  expect(response).toMatchObject({
    info,
    isRecorded: true,
    handled: true,
    recovered: false,
    fallbackUsed: false,
  });
  expect(response.fault.cause).toBe(error);
  expect(told).toMatchObject([
    {
      type: 'fault.raised',
      source: 'sessions.orchestration',
      id: operationId,
      data: {
        fault: response.fault,
        context: {
          operation: 'run a stage',
          sessionId: 's-1',
          appName: 'studio',
          run: 'j-1',
          orchestration: 'film',
          stage: 'shoot',
          attempt: 2,
        },
      },
    },
  ]);
});

it('S4-46: an error that cannot be recorded, as the session itself is away, stays the one that is told', async () => {
  const error = new Error('the first');
  const { response } = await handled(error, { record: () => Promise.reject(away()) });
  expect(response.fault.cause).toBe(error);
  expect(response).toMatchObject({
    isRecorded: false,
    recordFailure: { code: 'SESSION_SERVICE_UNAVAILABLE' },
  });
});

it.each<[string, unknown, number, string]>([
  [
    'a session that is not there',
    sessionFaults.SESSION_NOT_FOUND({ sessionId: 's-1', operation: 'x', reason: 'y' }),
    404,
    'x',
  ],
  [
    'a request that is not valid',
    sessionFaults.SESSION_REQUEST_INVALID({
      operation: 'start film',
      field: 'input.title',
      reason: 'is missing',
    }),
    400,
    'start film: input.title is missing',
  ],
  [
    'a result that is too large',
    sessionFaults.SESSION_TOO_LARGE({ operation: 'x', field: 'y', reason: 'z', limit: 1, got: 2 }),
    413,
    'x: y z',
  ],
  [
    'a session that somebody else has changed',
    sessionFaults.SESSION_CONCURRENT_ACCESS({ sessionId: 's-1', operation: 'x', reason: 'z' }),
    409,
    'x of session "s-1"',
  ],
  ['a store that is away', away(), 503, 'Sessions cannot be reached at the moment. Try again shortly.'],
  ['what nobody has declared', new Error('at 10.0.0.7'), 500, 'Internal Server Error'],
])(
  'S4-45: %s is answered as problem+json is, with nothing inner in it',
  async (_what, error, status, detail) => {
    const { response } = await handled(error);
    expect(response.problem).toMatchObject({
      status,
      code: response.fault.code,
      retryable: response.fault.retryable,
    });
    expect(response.problem.detail).toContain(detail);
    expect(response.problem.operationId).toMatch(/^a{32}$/);
    expect(response.problem.type).toBe(`urn:sustain:fault:${response.fault.system}:${response.fault.code}`);
    expect(JSON.stringify(response.problem)).not.toContain('10.0.0.7');
  },
);

it('what was cancelled is no failure, and is reported nowhere', async () => {
  const { response, told } = await handled(new DOMException('barge-in', 'AbortError'));
  expect(response).toMatchObject({ handled: true, message: 'it was cancelled' });
  expect(told).toEqual([]);
});

it('an error handler is told, where there is one, and what it recovers counts', async () => {
  const errors = new ErrorHandler({ component: 'x' });
  const seen: unknown[] = [];
  errors.subscribe((response, component) => seen.push([response.fault.code, component]), severity.DEBUG);
  const { response } = await handled(away(), { errors });
  expect(seen).toEqual([['SESSION_SERVICE_UNAVAILABLE', 'sessions.orchestration']]);
  expect(response.recovered).toBe(false);
});

it.each([undefined, null, 'text', 7, { code: 7 }, Object.freeze([])])(
  'never throws, whatever was thrown: %o',
  async (thrown) => {
    const { response } = await handled(thrown);
    expect(response.problem.status).toBe(500);
  },
);
