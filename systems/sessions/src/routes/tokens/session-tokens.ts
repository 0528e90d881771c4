import { type Clock, systemClock } from '@sustain/kernel';
import type { TokenVerdict } from '@sustain/ops/server';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { checkId } from '../../checks/index.ts';
import type { IssuedToken, IssueTokenBody, SessionGrant } from '../../client/index.ts';
import { sessionFaults } from '../../faults.ts';

export interface SessionTokensOptions {
  /**
   * What tokens are signed with: the first; the others are good as well, so that a secret can be replaced while tokens of
   * the old one are about. Each of 32 bytes or more (RFC 7518, section 3.2). To take all tokens back, replace them all.
   */
  readonly secrets: readonly string[];
  readonly clock: Clock;
}

/**
 * Tokens that are good for sessions of one application, of one of its users or all, until they expire: JWT (RFC 7519), signed
 * with HMAC-SHA-256. Nothing is stored of them, so that every instance with the same secrets takes them.
 */
export class SessionTokens {
  readonly #secrets: readonly Uint8Array[];
  readonly #clock: Clock;

  /** Throws SESSION_TOKEN_SECRET_UNUSABLE. */
  constructor({ secrets, clock }: SessionTokensOptions) {
    if (secrets.length === 0) refuseSecret('there is none');
    this.#secrets = secrets.map((secret, i) => {
      const bytes = new TextEncoder().encode(secret);
      if (bytes.length < MIN_SECRET_BYTES)
        refuseSecret(`number ${i + 1} has fewer than ${MIN_SECRET_BYTES} bytes`);
      if (secrets.indexOf(secret) !== i) refuseSecret(`number ${i + 1} is there twice`);
      return bytes;
    });
    this.#clock = clock;
  }

  /** Rejects with SESSION_REQUEST_INVALID. */
  async issue({ ttlMs = HOUR_MS, appName, userId, access }: IssueTokenBody): Promise<IssuedToken> {
    checkId(ISSUE, 'appName', appName);
    if (userId !== undefined) checkId(ISSUE, 'userId', userId);
    if (access !== 'read' && access !== 'write') refuse('access', `must be read or write; got ${access}`);
    if (!Number.isInteger(ttlMs) || ttlMs < MIN_TTL_MS || ttlMs > MAX_TTL_MS) {
      refuse('ttlMs', `must be a whole number from ${MIN_TTL_MS} to ${MAX_TTL_MS}; got ${ttlMs}`);
    }
    const nowS = Math.floor(this.#clock.wallMs() / 1000);
    const untilS = nowS + Math.ceil(ttlMs / 1000);
    const token = await new SignJWT({ app: appName, ...(userId !== undefined && { user: userId }), access })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
      .setAudience(AUDIENCE)
      .setIssuedAt(nowS)
      .setExpirationTime(untilS)
      .sign(this.#secrets[0] as Uint8Array);
    return { token, expiresWallMs: untilS * 1000 };
  }

  /** A `TokenVerifier` for the server: takes any text, and answers why it is none of ours. */
  readonly verify = async (token: string): Promise<TokenVerdict> => {
    if (!SPELLING.test(token)) return refused(NOT_OURS, true);
    const currentDate = new Date(this.#clock.wallMs());
    const options = { algorithms: [ALGORITHM], audience: AUDIENCE, currentDate, requiredClaims: ['exp'] };
    for (const secret of this.#secrets) {
      try {
        const { payload } = await jwtVerify(token, secret, options);
        const grant = grantOf(payload);
        if (grant === undefined) return refused('it does not say for which sessions it is', true);
        return { ok: true, name: nameOf(grant), grant };
      } catch (error) {
        if (error instanceof errors.JWSSignatureVerificationFailed) continue;
        // Told only of what is signed with our secret.
        if (error instanceof errors.JWTExpired) return refused('it has expired: get a new one', false);
        if (error instanceof errors.JOSEError) return refused(NOT_OURS, true);
        throw error;
      }
    }
    return refused(NOT_OURS, true);
  };
}

/** A token, for programs that have the secrets: see {@link SessionTokens}. Rejects as `issue`, throws as the constructor. */
export function issueSessionToken(
  { secrets, clock = systemClock }: { readonly secrets: readonly string[]; readonly clock?: Clock },
  grant: IssueTokenBody,
): Promise<IssuedToken> {
  return new SessionTokens({ secrets, clock }).issue(grant);
}

export const MIN_SECRET_BYTES = 32;

const ISSUE = 'issue a token';
const NOT_OURS = 'it is not one that this service has issued';
/**
 * The one way to write a signature of 256 bits (RFC 4648, sections 3.5 and 5): what decodes it passes over blanks, and over
 * the last two of the 258 bits that 43 characters have.
 */
const SPELLING = /^[\w-]+\.[\w-]+\.[\w-]{42}[AEIMQUYcgkosw048]$/;
const ALGORITHM = 'HS256';
const AUDIENCE = 'sustain-sessions';
const HOUR_MS = 3_600_000;
const MIN_TTL_MS = 1000;
const MAX_TTL_MS = 30 * 24 * HOUR_MS;

/** What the claims are good for; undefined when they are not what `issue` writes. */
function grantOf({ app, user, access }: JWTPayload): SessionGrant | undefined {
  if (typeof app !== 'string' || (access !== 'read' && access !== 'write')) return undefined;
  if (user === undefined) return { appName: app, access };
  return typeof user === 'string' ? { appName: app, userId: user, access } : undefined;
}

/** In signals, and what `rates.perToken` counts by. No name of the server's tokens has a slash. */
function nameOf({ appName, userId }: SessionGrant): string {
  return `sessions/${appName}/${userId ?? '*'}`;
}

function refused(reason: string, isForged: boolean): TokenVerdict {
  const fault = sessionFaults.SESSION_TOKEN_INVALID({ operation: 'read the token', reason });
  return { ok: false, fault, isForged };
}

function refuse(field: string, reason: string): never {
  throw sessionFaults.SESSION_REQUEST_INVALID({ operation: ISSUE, field, reason });
}

function refuseSecret(reason: string): never {
  throw sessionFaults.SESSION_TOKEN_SECRET_UNUSABLE({ reason });
}
