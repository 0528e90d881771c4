import type { Drill } from '@sustain/drills';
import { SimulatedClock, systemClock } from '@sustain/kernel';
import { sessionFaults } from '../faults.ts';
import { issueSessionToken } from '../routes/index.ts';
import { refusedRequest } from './refused-requests.ts';
import { DIARY, type SessionsProgramOptions } from './sessions-program.ts';

const SECRET = 'a secret of the drill, of more than 32 bytes';

/** Its client has a token for all users of the application. */
const guarded: Partial<SessionsProgramOptions> = {
  tokenSecrets: [SECRET],
  headers: () => bearer(systemClock.wallMs()),
  server: { rates: { perToken: { perSecond: 10_000, burst: 10_000 } } },
};

export const expiredToken: Drill = refusedRequest({
  name: 'token-that-has-expired',
  fault: sessionFaults.SESSION_TOKEN_INVALID,
  breaks: 'a client goes on with the token of yesterday',
  status: 401,
  program: guarded,
  ask: async (program) => {
    const headers = await bearer(systemClock.wallMs() - DAY_MS);
    return program.ask(DIARY, { headers });
  },
  sabotage: {
    file: new URL('../routes/tokens/session-tokens.ts', import.meta.url),
    replace: 'const currentDate = new Date(this.#clock.wallMs());',
    by: 'const currentDate = new Date(0);',
  },
});

export const tokenOfAnotherUser: Drill = refusedRequest({
  name: 'token-of-another-user',
  fault: sessionFaults.SESSION_ACCESS_DENIED,
  breaks: 'a client reads the diary of another user, with a token that is good for its own',
  status: 403,
  program: guarded,
  ask: async (program) => {
    const headers = await bearer(systemClock.wallMs(), 'mallory');
    return program.ask(DIARY, { headers });
  },
  sabotage: {
    file: new URL('../routes/access.ts', import.meta.url),
    replace: "if (userId !== undefined && userId !== wanted.userId) return 'the token is for another user';",
    by: '',
  },
});

/** A token that was issued then, for an hour. */
async function bearer(startWallMs: number, userId?: string): Promise<{ readonly authorization: string }> {
  const clock = new SimulatedClock(startWallMs);
  const grant = { appName: 'studio', access: 'write', ...(userId !== undefined && { userId }) } as const;
  const { token } = await issueSessionToken({ secrets: [SECRET], clock }, grant);
  return { authorization: `Bearer ${token}` };
}

const DAY_MS = 86_400_000;
