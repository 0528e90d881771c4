const NAME = 'sustain_session';

/**
 * The keys of sessions in a Cookie header. There may be several: cookies do not know ports, so a page of any other program
 * on this machine can set one of our name for a longer path, which the browser then sends first.
 */
export function sessionKeysIn(cookies: string | undefined, isHttps: boolean): readonly string[] {
  const begin = `${nameOf(isHttps)}=`;
  return (cookies ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(begin) && part.length > begin.length)
    .map((part) => part.slice(begin.length));
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
