import type { Session, SessionKey, SessionManager } from '@sustain/sessions';

export const APP = 'bench';

/** Of a session: about 200 bytes as JSON. */
export const STATE = { lang: 'en', stage: 'draft', step: 3, brief: 'x'.repeat(140) };

/** About 300 bytes as JSON. */
export function message(at: number) {
  return { id: `event-${at}`, timestamp: 1_750_000_000_000 + at, author: 'user', text: TEXT };
}

export function userOf(at: number): string {
  return `user-${at % USERS}`;
}

/** So many sessions with so many events each. */
export async function conversations(
  sessions: SessionManager,
  count: number,
  events: number,
): Promise<SessionKey[]> {
  const keys: SessionKey[] = [];
  for (let from = 0; from < count; from += TOGETHER) {
    const some = Array.from({ length: Math.min(TOGETHER, count - from) }, (_, at) =>
      conversation(sessions, userOf(from + at), events),
    );
    keys.push(...(await Promise.all(some)));
  }
  return keys;
}

async function conversation(sessions: SessionManager, userId: string, events: number): Promise<SessionKey> {
  const session: Session = await sessions.createSession({ appName: APP, userId, state: STATE });
  const { appName, sessionId } = session;
  const key = { appName, userId, sessionId };
  for (let at = 0; at < events; at += TOGETHER) {
    const some = Array.from({ length: Math.min(TOGETHER, events - at) }, (_, of) => message(at + of));
    await Promise.all(some.map((event) => sessions.appendEvent(key, { event })));
  }
  return key;
}

const TEXT = 'x'.repeat(200);
const USERS = 1000;
const TOGETHER = 64;
