import { scopeOf } from '../scoped/index.ts';
import type { SessionKey } from '../session/index.ts';

/** @internal Names a session, also when its parts contain whatever they like. */
export function nameOf({ appName, userId, sessionId }: SessionKey): string {
  return JSON.stringify([appName, userId, sessionId]);
}

/**
 * @internal What must be held to change a session: itself, first, and what it shares of its state, as ADK's services read that
 * without a lock and write it back whole.
 */
export function lockNames(key: SessionKey, changed: Readonly<Record<string, unknown>> = {}): string[] {
  const { appName, userId } = key;
  const scopes = new Set(Object.keys(changed).map(scopeOf));
  return [
    nameOf(key),
    ...(scopes.has('app') ? [`app ${appName}`] : []),
    ...(scopes.has('user') ? [`user ${JSON.stringify([appName, userId])}`] : []),
  ];
}
