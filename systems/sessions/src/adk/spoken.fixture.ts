import { createEvent, createEventActions } from '@google/adk';
import type { AdkSession, AdkSessionService, Event } from './adk-types.ts';
import type { Setting } from './session-service-case.fixture.ts';

/** When the events of these tests happened. */
export const THEN = 1_790_000_000_000;

/** An event of the user's, with what it changes in the state. */
export function said(text: string, stateDelta: Record<string, unknown> = {}, timestamp = THEN): Event {
  return createEvent({
    author: 'user',
    invocationId: 'i-1',
    timestamp,
    content: { role: 'user', parts: [{ text }] },
    actions: createEventActions({ stateDelta }),
  });
}

export function texts(session: AdkSession | undefined): (string | undefined)[] {
  return (session?.events ?? []).map(({ content }) => content?.parts?.[0]?.text);
}

export async function read(service: AdkSessionService, key: Setting['key']): Promise<AdkSession> {
  const session = await service.getSession(key);
  if (session === undefined) throw new Error(`there is no session ${key.sessionId}`);
  return session;
}
