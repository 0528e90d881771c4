/** The page that a browser gets instead of a problem when it has to sign in first. It needs no script. */
export function signInPage(next: string, reason: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign in · Sustain</title>
<style>
  body { font: 16px system-ui; color-scheme: light dark; display: grid; place-items: center; min-height: 90vh; margin: 0 }
  form { display: grid; gap: 0.75rem; width: min(22rem, 90vw) }
  input, button { font: inherit; padding: 0.5rem }
</style>
<form method="post" action="/api/login">
  <h1>Sustain</h1>
  <p role="status">${escaped(reason)}</p>
  <input type="hidden" name="next" value="${escaped(localPath(next))}">
  <label for="token">Access token</label>
  <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
  <button>Sign in</button>
</form>
</html>
`;
}

/** What the page may do: have its style, and be sent to us. */
export const signInPagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** `next` when it leads to this server, else `/`. Browsers take `//x` and `/\x` for other servers. */
export function localPath(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(next) ? next : '/';
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
