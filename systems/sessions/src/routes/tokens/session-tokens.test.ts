import { SimulatedClock } from '@sustain/kernel';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import type { IssueTokenBody } from '../../client/index.ts';
import { sessionFaults } from '../../faults.ts';
import { issueSessionToken, SessionTokens } from './index.ts';

const SECRET = 'a secret of thirty-two bytes, or more';
const OTHER = 'another one that is as long, or longer';
const clock = new SimulatedClock();
const ALICE: IssueTokenBody = { appName: 'studio', userId: 'alice', access: 'write' };

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];

const tokensOf = (...secrets: string[]) => new SessionTokens({ secrets, clock });

/** Signed as ours are, with claims of one's own. */
function signed(
  claims: Record<string, unknown>,
  { secret = SECRET, audience = 'sustain-sessions', alg = 'HS256' } = {},
) {
  return new SignJWT(claims)
    .setProtectedHeader({ alg })
    .setAudience(audience)
    .setExpirationTime(Math.floor(clock.wallMs() / 1000) + 60)
    .sign(new TextEncoder().encode(secret));
}

describe('tokens of sessions', () => {
  it('are good for what they were given for, with a name for limits and logs', async () => {
    const tokens = tokensOf(SECRET);
    const { token } = await tokens.issue(ALICE);
    const { ttlMs: _life, ...grant } = ALICE;
    expect(await tokens.verify(token)).toEqual({ ok: true, name: 'sessions/studio/alice', grant });
    const all = await issueSessionToken({ secrets: [SECRET], clock }, { appName: 'studio', access: 'read' });
    expect(await tokens.verify(all.token)).toEqual({
      ok: true,
      name: 'sessions/studio/*',
      grant: { appName: 'studio', access: 'read' },
    });
  });

  it('expire, to the second, and then are no attack', async () => {
    const time = new SimulatedClock();
    const tokens = new SessionTokens({ secrets: [SECRET], clock: time });
    const { token, expiresWallMs } = await tokens.issue({ ...ALICE, ttlMs: 5000 });
    expect(expiresWallMs - time.wallMs()).toBe(5000);
    await time.advance(4000);
    expect(await tokens.verify(token)).toMatchObject({ ok: true });
    await time.advance(1000);
    expect(await tokens.verify(token)).toMatchObject({
      ok: false,
      isForged: false,
      fault: { code: 'SESSION_TOKEN_INVALID' },
    });
  });

  it('of an old secret stay good while it is among the secrets, and are signed with the first', async () => {
    const old = await tokensOf(SECRET).issue(ALICE);
    expect(await tokensOf(OTHER, SECRET).verify(old.token)).toMatchObject({ ok: true });
    expect(await tokensOf(OTHER).verify(old.token)).toMatchObject({ ok: false, isForged: true });
    const fresh = await tokensOf(OTHER, SECRET).issue(ALICE);
    expect(await tokensOf(OTHER).verify(fresh.token)).toMatchObject({ ok: true });
  });

  it.each([
    [
      'another algorithm',
      () => signed({ app: 'studio', access: 'write' }, { alg: 'HS512', secret: SECRET.repeat(2) }),
    ],
    ['another audience', () => signed({ app: 'studio', access: 'write' }, { audience: 'mail' })],
    ['no application', () => signed({ access: 'write' })],
    ['an unknown access', () => signed({ app: 'studio', access: 'all' })],
    ['a user that is no text', () => signed({ app: 'studio', user: 7, access: 'read' })],
    [
      'no signature at all',
      async () =>
        `${[{ alg: 'none' }, { app: 'studio', access: 'write', aud: 'sustain-sessions', exp: 9e9 }]
          .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
          .join('.')}.`,
    ],
    [
      'no end',
      () =>
        new SignJWT({ app: 'studio', access: 'write' })
          .setProtectedHeader({ alg: 'HS256' })
          .setAudience('sustain-sessions')
          .sign(new TextEncoder().encode(SECRET)),
    ],
  ])('are none with %s', async (_what, make) => {
    expect(await tokensOf(SECRET).verify(await make())).toMatchObject({ ok: false, isForged: true });
  });

  it('that were changed in any place are none, whatever the change', async () => {
    const tokens = tokensOf(SECRET);
    const { token } = await tokens.issue(ALICE);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 1),
        fc.string({ minLength: 1, maxLength: 3 }),
        async (at, text) => {
          const changed = token.slice(0, at) + text + token.slice(at + 1);
          fc.pre(changed !== token);
          expect(await tokens.verify(changed)).toMatchObject({
            ok: false,
            fault: { code: 'SESSION_TOKEN_INVALID' },
          });
        },
      ),
      { numRuns: 200, seed: 15 },
    );
    for (const text of ['', '.', '..', '...', token.slice(0, -1), `${token}x`, token.toUpperCase()])
      expect(await tokens.verify(text)).toMatchObject({ ok: false });
  });

  it('have one spelling: what decoders of base64 pass over makes another token', async () => {
    const tokens = tokensOf(SECRET);
    // Of many signatures some have the characters that are others in plain base64.
    for (let life = 1000; life <= 50_000; life += 1000) {
      const { token } = await tokens.issue({ ...ALICE, ttlMs: life });
      const [, , signature = ''] = token.split('.');
      const signed = token.slice(0, -signature.length);
      for (const other of [
        `${signature.slice(0, 9)} ${signature.slice(9)}`,
        `${signature}\n`,
        `${signature}=`,
        ...LETTERS.map((letter) => signature.slice(0, -1) + letter),
        signature.replaceAll('-', '+').replaceAll('_', '/'),
      ]) {
        if (other === signature) continue;
        expect(await tokens.verify(signed + other)).toMatchObject({ ok: false, isForged: true });
      }
    }
  });

  it.each<[string, Partial<IssueTokenBody>]>([
    ['appName', { appName: 'a/b' }],
    ['appName', { appName: '' }],
    ['userId', { userId: '..' }],
    ['access', { access: 'all' as 'read' }],
    ['ttlMs', { ttlMs: 999 }],
    ['ttlMs', { ttlMs: 31 * 86_400_000 }],
    ['ttlMs', { ttlMs: Number.NaN }],
  ])('are not given for a bad %s: %o', async (field, wrong) => {
    await expect(tokensOf(SECRET).issue({ ...ALICE, ...wrong })).rejects.toMatchObject({
      code: 'SESSION_REQUEST_INVALID',
      context: { field },
    });
  });

  it.each<[string, string[]]>([
    ['none', []],
    ['short', ['x'.repeat(31)]],
    ['there twice', [SECRET, SECRET]],
  ])('are not signed with secrets that are %s, which the error does not tell', (_what, secrets) => {
    const make = () => tokensOf(...secrets);
    expect(make).toThrow(sessionFaults.SESSION_TOKEN_SECRET_UNUSABLE);
    expect(make).toThrow(/cannot be used: .*randomBytes/);
    for (const secret of secrets) expect(make).not.toThrow(secret);
  });
});
