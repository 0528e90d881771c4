import type { SessionState } from '../session/index.ts';

/** Whom a name in a state belongs to: `app:` all sessions of the application, `user:` those of the user, `temp:` nobody. */
export type Scope = 'session' | 'app' | 'user' | 'temp';

export function scopeOf(name: string): Scope {
  if (name.startsWith('app:')) return 'app';
  if (name.startsWith('user:')) return 'user';
  return name.startsWith('temp:') ? 'temp' : 'session';
}

/** What a change sets and removes, by scope. Names keep their prefix. What is `temp:` is dropped. */
export interface ScopedChange {
  readonly session: ChangeOfScope;
  readonly app: ChangeOfScope | undefined;
  readonly user: ChangeOfScope | undefined;
}

export interface ChangeOfScope {
  readonly set: SessionState | undefined;
  readonly remove: readonly string[] | undefined;
}

export function byScope(set: SessionState | undefined, remove: readonly string[] | undefined): ScopedChange {
  const names = set === undefined ? [] : Object.keys(set);
  const isScoped = (name: string) => scopeOf(name) !== 'session';
  if (!names.some(isScoped) && !remove?.some(isScoped)) {
    return { session: { set, remove }, app: undefined, user: undefined };
  }
  const part = (scope: Scope): ChangeOfScope | undefined => {
    const own = names.filter((name) => scopeOf(name) === scope);
    const gone = remove?.filter((name) => scopeOf(name) === scope);
    if (own.length === 0 && !gone?.length) return undefined;
    return {
      set: Object.freeze(Object.fromEntries(own.map((name) => [name, set?.[name]]))),
      remove: gone,
    };
  };
  return { session: part('session') ?? NOTHING, app: part('app'), user: part('user') };
}

const NOTHING: ChangeOfScope = { set: undefined, remove: undefined };
