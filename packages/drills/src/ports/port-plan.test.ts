import { memoryStore } from '@sustain/stores/memory';
import { expect, expectTypeOf, test } from 'vitest';
import {
  answers,
  breakable,
  changesChunks,
  connectionReset,
  drops,
  hangs,
  inject,
  rejects,
  silent,
  stalls,
  throws,
  writesPartly,
} from './index.ts';

const port = { read: async () => 'text', add: (x: number) => x };
// Plans that no types stop, as of JavaScript, or with a computed name.
test.each<[string, unknown, unknown, string]>([
  ['no port', undefined, {}, 'a port must be an object with methods; got undefined'],
  ['a function', () => 1, {}, 'got function; wrap it: { call: fn }'],
  ['an empty plan', port, {}, 'the plan is empty; name a method and its rules'],
  ['a method that is not there', port, { raed: { effect: hangs() } }, 'no method raed; it has: read, add'],
  ['no rules', port, { read: [] }, 'there is no rule of read; give one, or leave it out'],
  ['no effect', port, { read: {} }, 'must be one of the effects, as hangs(); got none'],
  ['an effect that was not called', port, { read: { effect: hangs } }, 'got function'],
  [
    'a misspelt turn',
    port,
    { read: { nht: 1, effect: hangs() } },
    'a rule of read has nht; it may have nth, every',
  ],
  [
    'a turn before the first',
    port,
    { read: { nth: 0, effect: hangs() } },
    'nth of the rule of read must be a whole number of 1 or more; got 0',
  ],
  [
    'a chance above 1',
    port,
    { read: { probability: 2, effect: hangs() } },
    'must be a number from 0 to 1; got 2',
  ],
  [
    'a condition that is none',
    port,
    { read: { where: 1, effect: hangs() } },
    'where of a rule of read must be a function; got number',
  ],
])('%s is refused, with the cure, and nothing is broken', (_what, given, plan, message) => {
  expect(() => inject(given as object, plan as object)).toThrow(message);
});

test('a bad plan for one method leaves the others whole', async () => {
  const held = breakable(port);
  expect(() =>
    inject(held, { add: { effect: throws(connectionReset) }, read: { every: 0.5, effect: hangs() } }),
  ).toThrow(RangeError);
  expect(held.add(1)).toBe(1);
});

test('a store with types of its own in each call can be broken, and keeps its private state', async () => {
  const store = memoryStore();
  const broken = inject(store, {
    get: [{ where: (key) => key === 'b', effect: answers(() => undefined) }],
    set: { nth: 2, effect: rejects(connectionReset, { afterWork: true }) },
  });
  await broken.port.set('a', 1);
  await expect(broken.port.set('b', 2)).rejects.toThrow('ECONNRESET');
  expect([(await broken.port.get<number>('a'))?.value, await broken.port.get('b')]).toEqual([1, undefined]);
  await broken.end();
  expect((await broken.port.get<number>('b'))?.value).toBe(2);
  await broken.port.close();
});

test('method names and what fits them are checked by the compiler', () => {
  const typed = {
    name: 'x',
    add: (x: number) => x,
    read: async (_id: string) => new Float32Array(1),
    stream: (): AsyncIterable<Float32Array> => new ReadableStream(),
    send: (_text: string): void => undefined,
  };
  const plans = () => {
    const { port } = inject(typed, { read: { nth: 1, effect: hangs() } });
    expectTypeOf(port).toEqualTypeOf<typeof typed>();
    inject(typed, { read: { where: (id) => id.length > 1, effect: answers((samples) => samples.fill(0)) } });
    inject(typed, { read: { effect: answers(silent) }, add: { effect: throws(connectionReset) } });
    inject(typed, { stream: [{ effect: stalls({ afterChunks: 1 }) }, { effect: changesChunks(silent) }] });
    inject(typed, { stream: { effect: changesChunks((chunk) => chunk.fill(1)) } });
    inject(typed, { send: [{ effect: writesPartly() }, { effect: drops() }] });
    // @ts-expect-error there is no such method
    inject(typed, { raed: { effect: hangs() } });
    // @ts-expect-error this is no method
    inject(typed, { name: { effect: hangs() } });
    // @ts-expect-error a method that does not answer a promise cannot hang
    inject(typed, { add: { effect: hangs() } });
    // @ts-expect-error this answers no stream
    inject(typed, { read: { effect: stalls({ afterChunks: 1 }) } });
    // @ts-expect-error samples are no text
    inject(typed, { read: { effect: answers((samples) => samples.toUpperCase()) } });
    // @ts-expect-error it would answer nothing where samples are due
    inject(typed, { read: { effect: drops() } });
  };
  expect(plans).toBeTypeOf('function');
});
