import { type Drill, type DrillDeclaration, drill } from '@sustain/drills';
import type { AnyFaultFactory } from '@sustain/kernel';
import { memoryStore } from '@sustain/stores/memory';
import { sessionFaults } from '../faults.ts';
import { createSessionManager } from '../manager/index.ts';
import { Refused } from './ask.ts';
import { DIARY, SessionsProgram, type SessionsProgramOptions } from './sessions-program.ts';

/** A user of whom nobody but the bad client writes. */
export const MALLORY = '/sessions/studio/mallory';

const routes = (file: string) => new URL(`../routes/${file}`, import.meta.url);

export const missingSession: Drill = refusedRequest({
  name: 'session-that-is-not-there',
  fault: sessionFaults.SESSION_NOT_FOUND,
  breaks: 'a client appends to a session that was never made',
  status: 404,
  ask: (program) => program.ask(`${MALLORY}/nothing/events`, { method: 'POST', body: { event: {} } }),
  sabotage: {
    file: new URL('../fault-statuses.ts', import.meta.url),
    replace: '[sessionFaults.SESSION_NOT_FOUND, 404],',
    by: '',
  },
});

export const wrongId: Drill = refusedRequest({
  name: 'id-with-a-path-in-it',
  fault: sessionFaults.SESSION_REQUEST_INVALID,
  breaks: 'a client names a session "../../etc/passwd"',
  status: 400,
  ask: (program) => program.ask(MALLORY, { method: 'POST', body: { sessionId: '../../etc/passwd' } }),
  sabotage: {
    file: new URL('../checks/ids.ts', import.meta.url),
    replace: 'if (!ALLOWED.test(id)) {',
    by: 'if (false) {',
  },
});

export const deepState: Drill = refusedRequest({
  name: 'state-nested-too-deep',
  fault: sessionFaults.SESSION_REQUEST_INVALID,
  breaks: 'a client sends a state of a hundred lists, each in the one before',
  status: 400,
  ask: (program) =>
    program.ask(MALLORY, { method: 'POST', body: `{"state":{"a":${'['.repeat(100)}${']'.repeat(100)}}}` }),
  sabotage: {
    file: new URL('../checks/json.ts', import.meta.url),
    replace: 'if (this.#depth === MAX_DEPTH) this.#refuse',
    by: 'if (false) this.#refuse',
  },
});

export const hugeState: Drill = refusedRequest({
  name: 'state-too-large',
  fault: sessionFaults.SESSION_TOO_LARGE,
  breaks: 'a client creates a session with a state of 600 KB',
  status: 413,
  ask: (program) => program.ask(MALLORY, { method: 'POST', body: { state: { film: 'x'.repeat(600_000) } } }),
  sabotage: {
    file: new URL('../checks/json.ts', import.meta.url),
    replace: 'if (this.sizeBytes <= this.#limitBytes) return;',
    by: 'return;',
  },
});

export const takenId: Drill = refusedRequest({
  name: 'id-that-is-taken',
  fault: sessionFaults.SESSION_ALREADY_EXISTS,
  breaks: 'a client creates a session under the id of one that there is',
  status: 409,
  ask: (program) => program.ask('/sessions/studio/ada', { method: 'POST', body: { sessionId: 'diary' } }),
  afterwards: (program) => program.expectNothingLost(),
  sabotage: {
    file: new URL('../manager/session-creation.ts', import.meta.url),
    replace: 'if (creationId !== undefined && head.creationId === creationId) return;',
    by: 'return;',
  },
});

export const blindChange: Drill = refusedRequest({
  name: 'change-without-a-version',
  fault: sessionFaults.SESSION_PRECONDITION_REQUIRED,
  breaks: 'a client changes a state without saying which version it has read',
  status: 428,
  ask: (program) => program.ask(`${DIARY}/state`, { method: 'PATCH', body: { set: { lost: 'update' } } }),
  sabotage: {
    file: routes('write-routes.ts'),
    replace: 'if (match === undefined) throw preconditionRequired(operation, key);',
    by: '',
  },
});

export const reusedKey: Drill = refusedRequest({
  name: 'idempotency-key-with-other-content',
  fault: sessionFaults.SESSION_KEY_REUSED,
  breaks: 'a client sends another change under the key of one before',
  status: 422,
  ask: async (program) => {
    await program.ask(`${MALLORY}/own`, { method: 'PUT', body: {} });
    const headers = { 'idempotency-key': 'mine', 'if-match': '*' };
    const change = (title: string) =>
      program.ask(`${MALLORY}/own/state`, { method: 'PATCH', headers, body: { set: { title } } });
    await change('first');
    return change('second');
  },
  keeps: ['own'],
  sabotage: {
    file: routes('keys/known-keys.ts'),
    replace: 'if (known !== undefined && known.fingerprint !== key.fingerprint) throw keyReused(operation);',
    by: '',
  },
});

export interface RefusedRequest
  extends Pick<DrillDeclaration<SessionsProgram>, 'name' | 'breaks' | 'sabotage'> {
  readonly fault: AnyFaultFactory;
  /** Asks once; rejects with what the client is answered. */
  readonly ask: (program: SessionsProgram) => Promise<unknown>;
  readonly status: number;
  /** Sessions of the bad client that may be there. Default: none. */
  readonly keeps?: readonly string[];
  readonly program?: Partial<SessionsProgramOptions>;
  readonly notices?: string;
  readonly afterwards?: (program: SessionsProgram) => Promise<void>;
}

/** A drill in which a client is refused, each time, while another one is served. */
export function refusedRequest(declaration: RefusedRequest): Drill {
  const { ask, status, keeps = [], program: options, fault, afterwards, ...rest } = declaration;
  return drill<Asked>({
    notices: `nothing; who asked is answered ${status}, and why`,
    ...rest,
    fault,
    kind: 'input',
    recovers: 'it is refused, with the reason, before anything is stored; others are served',
    limits: { detectMs: 1500, recoveryMs: 1000, restoreMs: 2000 },
    async subject() {
      const answers: unknown[] = [];
      return Object.assign(await SessionsProgram.start({ open: inMemory, ...options }), { answers });
    },
    async inject(program, scene) {
      for (let time = 0; time < 3; time++) {
        const asked = await scene.attempt(() => ask(program));
        program.answers.push(asked.ok ? asked.value : asked.error);
      }
    },
    async afterwards(program) {
      for (const answer of program.answers) checkRefusal(answer, fault, status);
      const { body } = await program.ask(MALLORY);
      const ids = (body['sessions'] as { readonly sessionId: string }[]).map(({ sessionId }) => sessionId);
      if (ids.join() !== keeps.join()) throw new Error(`stored was ${ids.join() || 'nothing'}`);
      await afterwards?.(program);
    },
    sabotage: rest.sabotage,
  });
}

type Asked = SessionsProgram & { readonly answers: unknown[] };

function checkRefusal(answer: unknown, { code }: AnyFaultFactory, status: number): void {
  if (!(answer instanceof Refused)) throw new Error(`it was let in, or not answered: ${answer}`);
  const { body, status: got } = answer.answer;
  if (got !== status || body['code'] !== code)
    throw new Error(`expected ${status} ${code}; got ${answer.message}`);
}

/** One that a program has which needs nothing to outlive it. */
export function inMemory(signals: SessionsProgram['signals']) {
  const primary = memoryStore();
  const manager = createSessionManager({ primary, instance: 'one', signals, retry: { maxAttempts: 1 } });
  return { manager, close: () => primary.close() };
}
