import { seededRandom } from '@sustain/kernel';
import { expect, it } from 'vitest';
import { storeFaults } from '../store-faults.ts';
import { checkServerOptions, loadDriver, reconnectDelayMs, serverAddress } from './index.ts';

it('reconnects wait from 25 to 50 ms at first, twice as long each time, and never longer than allowed', () => {
  const random = seededRandom(1);
  for (let attempt = 1; attempt <= 60; attempt++) {
    const fullMs = Math.min(50 * 2 ** (attempt - 1), 5000);
    const waitMs = reconnectDelayMs(attempt, 5000, random);
    expect(waitMs).toBeGreaterThanOrEqual(fullMs / 2);
    expect(waitMs).toBeLessThan(fullMs);
  }
});

it('what is shown of an address has no credentials', () => {
  const { shown, url } = serverAddress('s', 'redis://me:geheim@127.0.0.1:6380/3?x=geheim', ['redis:']);
  expect(shown).toBe('redis://127.0.0.1:6380/3');
  expect(url.password).toBe('geheim');
});

it.each(['redis//me:geheim@host', 'postgres://me:geheim@host:99999999/x', 'http://me:geheim@host'])(
  'an address that is wrong is refused without repeating it: %s',
  (text) => {
    let thrown: unknown;
    try {
      serverAddress('s', text, ['redis:', 'rediss:']);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TypeError);
    const all = JSON.stringify(thrown, Object.getOwnPropertyNames(thrown)) + String(thrown);
    expect(all).toContain('redis://user:password@host:port/…');
    expect(all).not.toContain('geheim');
  },
);

it('a driver that is not installed is named with the cure', async () => {
  const missing = loadDriver('s', 'no-such-driver', () => import(`${'no-such'}-driver`));
  await expect(missing).rejects.toSatisfy(storeFaults.DRIVER_MISSING.matches);
  await expect(missing).rejects.toThrow('npm install no-such-driver');
  const broken = loadDriver('s', 'x', () => Promise.reject(new Error('its own fault')));
  await expect(broken).rejects.toThrow('its own fault');
});

it.each([
  { connectTimeoutMs: 0 },
  { commandTimeoutMs: -1 },
  { maxInFlight: 1.5 },
  { maxReconnectMs: Number.NaN },
  { url: '' },
])('an option out of range is refused: %j', (wrong) => {
  expect(() => checkServerOptions({ url: 'redis://host', ...wrong })).toThrow(RangeError);
});
