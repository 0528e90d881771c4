import { defineFaults, SimulatedClock, severity } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { requestFinished, type ServerOptions, type TokenVerdict, type TokenVerifier } from '../index.ts';
import { ask, newServer, problem } from '../server.fixture.ts';
import { bearer, TOKEN } from './guarded-server.fixture.ts';

const faults = defineFaults('letters', {
  LETTER_UNKNOWN: { category: 'client', severity: severity.INFO, recovery: 'reject', message: 'not ours' },
  LETTER_OLD: { category: 'client', severity: severity.INFO, recovery: 'reject', message: 'it has expired' },
});

const GOOD = 'of-this-system-alice';
const OLD = 'of-this-system-yesterday';

async function verify(token: string): Promise<TokenVerdict> {
  await Promise.resolve();
  if (token === GOOD) return { ok: true, name: 'letters/alice', grant: { of: 'alice' } };
  if (token === OLD) return { ok: false, fault: faults.LETTER_OLD({}), isForged: false };
  if (token === 'breaks') throw new Error('the key store is away');
  return { ok: false, fault: faults.LETTER_UNKNOWN({}), isForged: true };
}

/** A server with routes of a system that issues tokens itself, and others beside them. */
async function lettered(options: Partial<ServerOptions> = {}, verifier: TokenVerifier = verify) {
  const { server, signals } = newServer({ tokens: [{ name: 'ops', token: TOKEN }], ...options });
  const told: unknown[] = [];
  signals.onAny((signal) => told.push(signal));
  server.authenticate('/letters', verifier);
  server.register(async (app) => {
    app.get('/letters', async ({ raw }) => server.identityOf(raw));
    app.post('/letters/:name', async ({ raw, body }) => ({ ...server.identityOf(raw), body }));
    app.get('/lettersandmore', async () => 'others');
  });
  return { url: await server.start(), server, told, signals };
}

describe('tokens that a system has issued itself', () => {
  it('open its routes, and the route knows what they are good for', async () => {
    const { url } = await lettered();
    const { status, body } = await ask(`${url}/letters`, bearer(GOOD));
    expect([status, JSON.parse(body)]).toEqual([
      200,
      { state: 'granted', name: 'letters/alice', grant: { of: 'alice' } },
    ]);
    const sent = await fetch(`${url}/letters/a`, {
      method: 'POST',
      headers: { ...bearer(GOOD), 'content-type': 'application/json' },
      body: '{"whole":true}',
    });
    expect(await sent.json()).toMatchObject({ state: 'granted', body: { whole: true } });
  });

  it('open no others: not those beside them, nor WebSockets, nor what is not there', async () => {
    const { url, server } = await lettered();
    for (const path of ['/lettersandmore', '/health', '/api/', '/api/signals', '/letters/a/b/c'])
      expect([path, (await ask(url + path, bearer(GOOD))).status]).toEqual([path, 401]);
    server.onUpgrade('/letters/stream', { accept: () => expect.fail('it was let in') });
    const socket = new WebSocket(`${url.replace('http', 'ws')}/letters/stream`, { headers: bearer(GOOD) });
    const refused = await new Promise((resolve) => {
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
    });
    expect(refused).toBe(401);
  });

  it.each(['/letters', '//letters', '/%6cetters', '/letters?x=1', '/LETTERS', '/letters/'])(
    'are needed however the address is spelled: %s',
    async (path) => {
      const { url } = await lettered({ tokens: [] });
      const { status } = await ask(url + path, {});
      expect(status).toBeGreaterThanOrEqual(401);
      expect(status).toBeLessThan(500);
    },
  );

  it('leave the server’s own tokens good', async () => {
    const { url } = await lettered();
    expect(JSON.parse((await ask(`${url}/letters`, bearer(TOKEN))).body)).toEqual({
      state: 'token',
      name: 'ops',
    });
  });

  it('are needed on its routes also where the server itself has none, and nowhere else', async () => {
    const { url } = await lettered({ tokens: [] });
    const refused = await fetch(`${url}/letters`);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="sustain"',
    ]);
    expect(await problem(refused)).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await ask(`${url}/letters`, bearer(GOOD))).status).toBe(200);
    expect((await ask(`${url}/lettersandmore`, {})).status).toBe(200);
  });

  it('that are wrong are told as the system says, as invalid tokens, and stand in no signal', async () => {
    const { url, told } = await lettered();
    const response = await fetch(`${url}/letters`, { headers: bearer('made-up-by-somebody') });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="sustain", error="invalid_token"',
    ]);
    expect(await problem(response)).toMatchObject({ code: 'LETTER_UNKNOWN' });
    expect((await ask(`${url}/letters?token=${GOOD}`, {})).status).toBe(400);
    expect(told.length).toBeGreaterThan(1);
    for (const token of [GOOD, 'made-up-by-somebody']) expect(JSON.stringify(told)).not.toContain(token);
  });

  it('are compared no more after too many forged ones of an address; expired ones do not count', async () => {
    const clock = new SimulatedClock();
    const { url } = await lettered({ clock });
    const statuses = async (token: string, times: number) => {
      const found: (number | undefined)[] = [];
      for (let i = 0; i < times; i++) found.push((await ask(`${url}/letters`, bearer(token))).status);
      return found;
    };
    expect(await statuses(OLD, 15)).toEqual(new Array(15).fill(401));
    expect(await statuses('made-up-by-somebody', 12)).toEqual([...new Array(10).fill(401), 429, 429]);
    expect(await statuses(GOOD, 1)).toEqual([429]);
    await clock.advance(6000);
    expect(await statuses(GOOD, 1)).toEqual([200]);
  });

  it('tell a burst no more than guesses one after the other, of the right one in it neither', async () => {
    const guesses = Array.from({ length: 30 }, (_, n) => `made-up-by-somebody-${n}`);
    const asked = new Set<string>();
    const [allThere, allTold] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { url } = await lettered({ clock: new SimulatedClock() }, async (token) => {
      if (asked.add(token).size > guesses.length) allThere.resolve();
      await (token === GOOD ? allTold : allThere).promise;
      return verify(token);
    });
    const statusOf = async (token: string) => (await ask(`${url}/letters`, bearer(token))).status;
    const good = statusOf(GOOD);
    const statuses = await Promise.all(guesses.map(statusOf));
    expect(statuses.toSorted()).toEqual([...new Array(10).fill(401), ...new Array(20).fill(429)]);
    allTold.resolve();
    expect(await good).toBe(429);
  });

  it('that are good may come as many at once as want to', async () => {
    const { url } = await lettered();
    const burst = Array.from({ length: 30 }, () => ask(`${url}/letters`, bearer(GOOD)));
    expect(new Set((await Promise.all(burst)).map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('are limited by whose they are, and named so when a request has finished', async () => {
    const { url, signals } = await lettered({ rates: { perToken: { perSecond: 1, burst: 2 } } });
    const callers: (string | undefined)[] = [];
    signals.on(requestFinished, ({ data }) => callers.push(data.caller));
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await ask(`${url}/letters`, bearer(GOOD))).status);
    expect(statuses).toEqual([200, 200, 429]);
    await expect.poll(() => callers).toEqual(['letters/alice', 'letters/alice', undefined]);
  });

  it('let nobody in when they cannot be verified', async () => {
    const { url } = await lettered();
    const { status, body } = await ask(`${url}/letters`, bearer('breaks'));
    expect([status, body.includes('key store')]).toEqual([500, false]);
  });

  it.each(['letters', '/', '', '/let ters', '/letters/:name'])('are not for the prefix "%s"', (prefix) => {
    expect(() => newServer().server.authenticate(prefix, verify)).toThrow(RangeError);
  });

  it('have one verifier a prefix', () => {
    const { server } = newServer();
    server.authenticate('/letters', verify);
    expect(() => server.authenticate('/letters', verify)).toThrow(/have a verifier already/);
  });
});
