import { createEvent, DatabaseSessionService, type Event, type Session } from '@google/adk';
import pg from 'pg';
import { APP, message } from './conversations.ts';

/** ADK's own sessions in a database of their own on that server. */
export interface AdkSessions {
  readonly service: DatabaseSessionService;
  /** As many events as are asked for, as ADK itself stores them; a copy of it for each of so many callers. */
  conversation(events: number, callers: number): Promise<Session[]>;
  close(): Promise<void>;
}

export async function adkSessions(serverUrl: string): Promise<AdkSessions> {
  const url = new URL(serverUrl);
  url.pathname = '/adk';
  const service = new DatabaseSessionService(url.href);
  await service.init();
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  return {
    service,
    async conversation(events, callers) {
      const owner = { appName: APP, userId: 'adk' };
      const session = await service.createSession({ ...owner, state: { stage: 'draft' } });
      await service.appendEvent({ session, event: adkEvent(0) });
      await client.query(REPEATED, [session.id, events - 1]);
      const copies: Session[] = [];
      for (let caller = 0; caller < callers; caller++) {
        const copy = await service.getSession({ ...owner, sessionId: session.id });
        if (copy?.events.length !== events) throw new Error(`ADK reads ${copy?.events.length} events`);
        copies.push(copy);
      }
      return copies;
    },
    async close() {
      await client.end();
      // It has no way to close it.
      await (service as unknown as { orm: { close(force: boolean): Promise<void> } }).orm.close(true);
    },
  };
}

/** With as much in it as an event of ours. */
export function adkEvent(at: number): Event {
  const { id, timestamp, author, text } = message(at);
  return createEvent({
    id,
    timestamp,
    author,
    invocationId: 'bench',
    content: { role: 'user', parts: [{ text }] },
  });
}

/** `$2` more of the one event that session `$1` has, a millisecond apart, all older than it. */
const REPEATED = `
  insert into events (id, app_name, user_id, session_id, invocation_id, timestamp, event_data)
  select 'earlier-' || n, app_name, user_id, session_id, invocation_id, timestamp - n * interval '1 ms', event_data
  from events, generate_series(1, $2) as n where session_id = $1`;
