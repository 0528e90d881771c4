import { classify, defineFaults, fault, severity } from '@sustain/kernel';
import { describe, expect, test } from 'vitest';
import { plainData } from './plain-data.ts';

const faults = defineFaults('test', {
  BROKE: fault<{ url: string }>({
    category: 'network',
    severity: severity.ERROR,
    recovery: 'retry',
    message: ({ url }) => `cannot reach ${url}`,
    userMessage: 'Try again.',
  }),
});

describe('what a signal carries', () => {
  test('is told of faults and their causes without stacks', () => {
    const cause = new TypeError('fetch failed', { cause: 'a text' });
    const plain = plainData({ fault: faults.BROKE({ url: 'http://x/' }, { cause }) });
    expect(plain).toEqual({
      fault: expect.objectContaining({
        name: 'Fault',
        code: 'BROKE',
        system: 'test',
        severity: 'ERROR',
        message: 'cannot reach http://x/',
        userMessage: 'Try again.',
        context: { url: 'http://x/' },
        cause: {
          name: 'TypeError',
          message: 'fetch failed',
          cause: { name: 'thrown string', message: 'a text' },
        },
      }),
    });
    expect(JSON.stringify(plain)).not.toContain('.ts:');
    expect(plainData(classify(7))).toMatchObject({ cause: { name: 'thrown number', message: '7' } });
  });

  test('survives circles, getters that throw, revoked proxies, and toJSON that throws or answers itself', () => {
    const circle: Record<string, unknown> = { name: 'circle' };
    circle['self'] = circle;
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const endless = { toJSON: (): unknown => ({ toJSON: endless.toJSON }) };
    const bad = {
      circle,
      proxy,
      endless,
      get thrown() {
        throw new Error('no');
      },
      toJson: {
        toJSON() {
          throw new Error('no');
        },
      },
    };
    expect(plainData(bad)).toEqual({
      circle: { name: 'circle', self: '[circular]' },
      proxy: '[unreadable]',
      endless: '[too deep]',
      thrown: '[unreadable]',
      toJson: '[unreadable]',
    });
    expect(plainData(proxy)).toBe('[unreadable]');
  });

  test('may be of any kind', () => {
    const odd = {
      big: 5n,
      not: Number.NaN,
      symbol: Symbol('s'),
      work: () => 1,
      none: null,
      when: new Date(0),
      samples: new Float32Array(480),
      bytes: Buffer.from('audio'),
      map: new Map<unknown, unknown>([['a', 1]]),
      set: new Set([1, 2]),
      ['__proto__']: { polluted: true },
    };
    const plain = plainData(odd) as Record<string, unknown>;
    expect(JSON.parse(JSON.stringify(plain))).toEqual({
      big: '5',
      not: 'NaN',
      symbol: '[symbol]',
      work: '[function]',
      none: null,
      when: '1970-01-01T00:00:00.000Z',
      samples: '[Float32Array, 1920 bytes]',
      bytes: '[Buffer, 5 bytes]',
      map: { a: 1 },
      set: [1, 2],
      ['__proto__']: { polluted: true },
    });
    expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
  });

  test('has no secrets, neither by the names of fields nor in texts; figures are none', () => {
    const told = JSON.stringify(
      plainData({
        headers: {
          Authorization: 'Bearer abcdef123456',
          'set-cookie': ['s=hunter2'],
          'X-Api-Key': 'hunter2',
        },
        openaiApiKey: 'hunter2',
        accessToken: 'hunter2',
        map: new Map([['password', 'hunter2']]),
        message: 'GET /x?access_token=hunter2&a=1 with Bearer hunter2hunter2 at redis://me:hunter2@host:1/',
        cause: new Error('postgres://u:hunter2@db/x'),
        pinPassword: 4711,
        maxTokens: 4096,
      }),
    );
    expect(told).not.toContain('hunter2');
    expect(told).not.toContain('abcdef123456');
    expect(told).not.toContain('4711');
    expect(told).toContain('"maxTokens":4096');
    expect(told).toContain('a=1');
  });

  test.each([
    ['a text of 1 MB', 'x'.repeat(1_000_000)],
    ['a list of a million', Array.from({ length: 1_000_000 }, (_, i) => i)],
    ['a map of a million', new Map(Array.from({ length: 1_000_000 }, (_, i) => [i, i]))],
    [
      'an object of 100,000',
      Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, 'x'.repeat(50)])),
    ],
    ['what is wide and deep', wide(6)],
    ['a long name', { ['n'.repeat(1_000_000)]: 1 }],
    ['a long chain of causes', chain(1000)],
    ['an error with a message of 1 MB', new Error('y'.repeat(1_000_000))],
  ])('is bounded, though it is %s', (_what, value) => {
    expect(JSON.stringify(plainData(value)).length).toBeLessThan(30_000);
  });

  test('is cut with a word about it', () => {
    expect(plainData('x'.repeat(2000))).toBe(`${'x'.repeat(1024)}[976 characters more]`);
    expect(plainData(new Array(150).fill(0))).toHaveLength(101);
    expect((plainData(new Array(150).fill(0)) as unknown[]).at(-1)).toBe('[50 more]');
  });
});

function wide(depth: number): unknown {
  return depth === 0
    ? 'leaf'
    : Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}`, wide(depth - 1)]));
}

function chain(length: number): Error {
  let error = new Error('first');
  for (let i = 0; i < length; i++) error = new Error(`error ${i}`, { cause: error });
  return error;
}
