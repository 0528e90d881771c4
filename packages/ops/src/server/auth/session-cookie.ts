const NAME = 'sustain_session';

/** The key of the session in a Cookie header. */
export function sessionKeyIn(cookies: string | undefined, isHttps: boolean): string | undefined {
  for (const part of (cookies ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === nameOf(isHttps) && value) return value;
  }
  return undefined;
}

/**
 * The Set-Cookie header of a session, or with `maxAgeS` 0 of its end. No script reads it, no other site sends it; over https
 * it goes over https only, and its `__Host-` keeps sibling domains from setting it.
 */
export function sessionCookie(key: string, maxAgeS: number, isHttps: boolean): string {
  return `${nameOf(isHttps)}=${key}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Strict${isHttps ? '; Secure' : ''}`;
}

function nameOf(isHttps: boolean): string {
  return isHttps ? `__Host-${NAME}` : NAME;
}
