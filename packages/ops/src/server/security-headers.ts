/**
 * Sent with every answer that does not set its own. Pages get their own scripts, styles, workers, media and
 * sockets and nothing from elsewhere; nobody may frame them or read their answers from another origin; nothing is kept.
 *
 * The referrer stays on this site. Not `no-referrer`: with that browsers send `Origin: null` with a form of our own.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** The same over https, where browsers shall stay from then on: for a year. */
export const httpsSecurityHeaders: Readonly<Record<string, string>> = {
  ...securityHeaders,
  'strict-transport-security': 'max-age=31536000',
};
