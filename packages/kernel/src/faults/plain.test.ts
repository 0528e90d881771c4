import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toPlain } from './plain.ts';

test.each([
  [undefined, null],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
  [12n, '12'],
  [Symbol('s'), 'Symbol(s)'],
  [() => 0, '[function]'],
  [new Date(0), '1970-01-01T00:00:00.000Z'],
  [new Date(Number.NaN), null],
  [new URL('http://127.0.0.1/a'), 'http://127.0.0.1/a'],
  [new Map([['a', 1]]), [['a', 1]]],
  [new Set([1, 2]), [1, 2]],
  [Object.assign(new TypeError('odd'), { stack: '' }), { name: 'TypeError', message: 'odd' }],
  [new Uint8Array(3), '[Uint8Array of 3 bytes]'],
])('%s becomes %j', (value, plain) => {
  expect(toPlain(value)).toEqual(plain);
});

test('what goes in a circle, or throws when it is read, is described', () => {
  const circle: Record<string, unknown> = { name: 'circle' };
  circle['self'] = circle;
  expect(JSON.stringify(toPlain(circle))).toMatch(/^(\{"name":"circle","self":){9}"\[cut\]"\}{9}$/);
  const trap = {
    fine: 1,
    get bad() {
      throw new Error('hands off');
    },
  };
  expect(toPlain(trap)).toEqual({ fine: 1, bad: '[unreadable]' });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  expect(toPlain({ revoked: revoked.proxy })).toEqual({ revoked: '[unreadable]' });
});

test('a long text is cut to its limit, and says by how much', () => {
  const cut = toPlain('x'.repeat(5000)) as string;
  expect(cut.length).toBe(4096);
  expect(cut.endsWith('x[+904 more]')).toBe(true);
});

test('what is deep, long or wide is cut', () => {
  let deep: unknown = 'bottom';
  for (let i = 0; i < 10_000; i++) deep = { deep };
  expect(JSON.stringify(toPlain(deep)).length).toBeLessThan(100);
  expect(toPlain(Array(1000).fill(0))).toHaveLength(50);
  const wide = toPlain(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i])));
  expect(Object.keys(wide as object)).toHaveLength(50);
});

test('what is wide at every level is cut', () => {
  let wide: unknown = 'x';
  for (let level = 0; level < 3; level++) wide = Array(50).fill(wide);
  expect(JSON.stringify(toPlain(wide)).length).toBeLessThan(100_000);
});

test('what was cut stays as it is', () => {
  for (const long of ['x'.repeat(5000), Array(60).fill(0)]) {
    expect(toPlain(toPlain(long))).toEqual(toPlain(long));
  }
});

test('a key __proto__ is a key like others', () => {
  const plain = toPlain(JSON.parse('{"__proto__":{"admin":true}}')) as { readonly admin?: boolean };
  expect(plain.admin).toBe(undefined);
});

test('whatever comes, JSON carries it unchanged', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }), (value) => {
      const plain = toPlain(value);
      const carried = JSON.parse(JSON.stringify(plain));
      expect(JSON.stringify(carried)).toBe(JSON.stringify(plain));
    }),
  );
});
