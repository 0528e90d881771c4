import { Fault, type Random, seededRandom } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { messageIdOf, parseClientMessage } from './client-message.ts';
import { parseHello } from './hello.ts';

const CASES = 100_000;

/** Counts what became of all cases; whatever is thrown must be one of these faults. */
function feed(make: (random: Random) => string, take: (text: string) => unknown, codes: readonly string[]) {
  const random = seededRandom('what listeners send');
  const counts: Record<string, number> = { accepted: 0 };
  for (let i = 0; i < CASES; i++) {
    const text = make(random);
    let outcome = 'accepted';
    try {
      take(text);
    } catch (error) {
      if (!(error instanceof Fault) || !codes.includes(error.code))
        throw new Error(`thrown for ${text}`, { cause: error });
      outcome = error.code;
    }
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

test('100,000 messages of any kind are accepted or a typed fault, nothing else is thrown', () => {
  const codes = ['MALFORMED_MESSAGE', 'INVALID_PARAMETERS'];
  const take = (text: string) => {
    messageIdOf(text);
    parseClientMessage(text);
  };
  const counts = feed(message, take, codes);
  process.stdout.write(`  ${JSON.stringify(counts)}\n`);
  for (const outcome of ['accepted', ...codes]) expect(counts[outcome]).toBeGreaterThan(CASES / 100);
  expect(Object.prototype).not.toHaveProperty('key');
});

test('100,000 addresses of any kind are accepted or INVALID_HELLO, nothing else is thrown', () => {
  const counts = feed(address, parseHello, ['INVALID_HELLO']);
  process.stdout.write(`  ${JSON.stringify(counts)}\n`);
  for (const outcome of ['accepted', 'INVALID_HELLO']) expect(counts[outcome]).toBeGreaterThan(CASES / 100);
});

test('what an address says is read, and what is not known in it is left alone', () => {
  expect(parseHello('/auralis/stream')).toEqual({ tellsFull: false });
  expect(
    parseHello('/auralis/stream?resume=a-B_9&epoch=4294967295&lastSeq=0&bufferMs=10000&full=tell&v=2'),
  ).toEqual({ token: 'a-B_9', epoch: 4_294_967_295, lastSeq: 0, bufferMs: 10_000, tellsFull: true });
});

test.each([
  ['resume', ''],
  ['resume', 'x'.repeat(65)],
  ['epoch', '4294967296'],
  ['epoch', '-1'],
  ['lastSeq', '1.5'],
  ['lastSeq', '1&lastSeq=1'],
  ['bufferMs', '10001'],
  ['full', 'yes'],
])('of an address with %s=%s it is said what is allowed', (field, value) => {
  expect(() => parseHello(`/auralis/stream?${field}=${value}`)).toThrow(
    new RegExp(`^${field} in the address`),
  );
});

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T;

/** Mostly near to what is right, for noise is refused at the door. */
function message(random: Random): string {
  const fields: Record<string, unknown> = {};
  const put = (field: string, value: unknown, probability = 0.8) => {
    if (random.next() < probability) fields[field] = value;
  };
  put(
    'type',
    pick(random, ['control', 'control', 'playback', 'playback', 'hello', 'shutdown', value(random)]),
    0.95,
  );
  if (random.next() < 0.5) {
    put('id', pick(random, ['a', 'x'.repeat(64), value(random)]));
    put('parameters', random.next() < 0.9 ? parameters(random) : value(random), 0.95);
  } else {
    put('playedSample', pick(random, [0, 1, 2 ** 40, value(random)]), 0.95);
    put('underruns', pick(random, [0, 3, value(random)]));
    put('bufferedMs', pick(random, [0.5, 600, value(random)]));
    put('concealedMs', pick(random, [0, 1e9, value(random)]));
  }
  put(pick(random, ['__proto__', 'constructor', 'extra', '']), value(random), 0.05);
  return damaged(random, JSON.stringify(fields));
}

function parameters(random: Random): unknown {
  const fields: Record<string, unknown> = {};
  const put = (field: string, ...values: unknown[]) => {
    if (random.next() < 0.5) fields[field] = random.next() < 0.8 ? pick(random, values) : value(random);
  };
  put('key', 'C', 'F#', 'H');
  put('mode', 'lydian', 'toString');
  put('tempoBpm', 72, 40, 139.99, 141);
  put('intensity', 0, 0.5, 1, -0.001);
  if (random.next() < 0.05) fields[pick(random, ['__proto__', 'hasOwnProperty', 'volume'])] = value(random);
  return fields;
}

function value(random: Random, depth = 0): unknown {
  const kind = Math.floor(random.next() * (depth > 3 ? 8 : 10));
  if (kind === 8)
    return Array.from({ length: Math.floor(random.next() * 4) }, () => value(random, depth + 1));
  if (kind === 9) return { [text(random)]: value(random, depth + 1) };
  return [null, true, '', text(random), -1, 1e308, random.next() * 1e6, 2 ** 53][kind];
}

function text(random: Random): string {
  return Array.from({ length: Math.floor(random.next() * 12) }, () =>
    String.fromCharCode(Math.floor(random.next() * 65_536)),
  ).join('');
}

/** One in five loses, gains or swaps a character, or is noise. */
function damaged(random: Random, whole: string): string {
  const at = Math.floor(random.next() * whole.length);
  const chance = random.next();
  if (chance < 0.05) return whole.slice(0, at);
  if (chance < 0.1) return whole.slice(0, at) + whole.slice(at + 1);
  if (chance < 0.15)
    return whole.slice(0, at) + pick(random, ['"', '{', '[', '\\', '1e999', '\0']) + whole.slice(at);
  return chance < 0.2 ? text(random) : whole;
}

function address(random: Random): string {
  const numbers = ['0', '7', '4294967295', '4294967296', '-1', '1e3', '0x10', ' 1', '', '٣'];
  const field = () => {
    const name = pick(random, ['resume', 'epoch', 'lastSeq', 'bufferMs', 'full', 'v', text(random)]);
    const right = { resume: 'abc-_9', bufferMs: '600', full: 'tell' }[name] ?? '12';
    const said = pick(random, [right, right, right, pick(random, numbers), text(random)]);
    return random.next() < 0.9 ? `${name}=${said}` : name + said;
  };
  const query = Array.from({ length: Math.floor(random.next() * 5) }, field).join(
    pick(random, ['&', '&', '&', ';', '&&']),
  );
  return damaged(random, `/auralis/stream${query === '' ? '' : '?'}${query}`);
}
