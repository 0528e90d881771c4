import { EventEmitter } from 'node:events';
import { SimulatedClock, seededRandom } from '@sustain/kernel';
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
  toListener,
  writesPartly,
} from './index.ts';

/** What is hard to wrap: private fields, accessors, symbols, a prototype, and methods that answer their object. */
class Counter {
  #count = 0;
  label = 'counter';
  get count(): number {
    return this.#count;
  }
  set count(count: number) {
    this.#count = count;
  }
  add(by = 1): this {
    this.#count += by;
    return this;
  }
  async read(): Promise<number> {
    return this.#count;
  }
  readTwice(): Promise<number[]> {
    return Promise.all([this.read(), this.read()]);
  }
  [Symbol.toPrimitive](): number {
    return this.#count;
  }
}

test('a port that nobody breaks is like the true one: private fields, accessors, symbols, prototype', async () => {
  const counter = new Counter();
  const port = breakable(counter);
  expect(port.add(2).add(3)).toBe(port);
  port.count += 1;
  expect([port.count, await port.read(), +port, `${port.label}`]).toEqual([6, 6, 6, 'counter']);
  expect(port).toBeInstanceOf(Counter);
  expect(port.constructor).toBe(Counter);
  expect(port.add).toBe(port.add);
  expect([port.add.name, 'read' in port, Object.keys(port)]).toEqual(['add', true, ['label']]);
  port.label = 'changed';
  expect(counter).toMatchObject({ label: 'changed', count: 6 });
  expect(Object.getOwnPropertyDescriptor(port, 'label')?.value).toBe('changed');
  expect(breakable(port)).toBe(port);
});

test('a frozen port can be broken, and a method that is an own property, and one without its object', async () => {
  const port = Object.freeze({ read: async () => 'true', twice: (x: number) => 2 * x });
  const broken = inject(port, { read: { effect: rejects(connectionReset) } });
  const { read, twice } = broken.port;
  await expect(read()).rejects.toThrow('ECONNRESET');
  expect(twice(2)).toBe(4);
  expect(Object.isFrozen(port)).toBe(true);
  expect(await port.read()).toBe('true');
  await broken.end();
  expect(await read()).toBe('true');
});

test('while it is active it breaks, and after its end it is transparent', async () => {
  const broken = inject(new Counter(), { read: { effect: rejects(connectionReset) } }, { name: 'counter' });
  expect(broken.what).toBe('counter: read rejects');
  expect(broken.substitute).toBeUndefined();
  await expect(broken.port.read()).rejects.toMatchObject({ code: 'ECONNRESET', syscall: 'read' });
  expect(broken.endedBy).toBeUndefined();
  await broken[Symbol.asyncDispose]();
  expect(broken.endedBy).toBe('end');
  expect(await broken.port.read()).toBe(0);
  expect(broken.trace).toEqual([{ method: 'read', call: 1, effect: 'rejects', what: 'Error ECONNRESET' }]);
});

test('it ends by itself at its hard end, and lets go who hangs', async () => {
  const clock = new SimulatedClock();
  const broken = inject(new Counter(), { read: { effect: hangs() } }, { clock, maxMs: 500 });
  const hanging = broken.port.read();
  expect(await clock.run(hanging)).toBe(0);
  expect([clock.monotonicMs(), broken.endedBy, clock.waitingTimers]).toEqual([500, 'hard-end', 0]);
});

test('a port that the code under test holds already is broken later, again, and by several at once', async () => {
  const port = breakable({ read: async () => 'true' });
  const nulls = inject(port, { read: { effect: answers(() => null) } });
  expect(nulls.port).toBe(port);
  expect(await port.read()).toBeNull();
  const resets = inject(port, { read: { nth: 1, effect: rejects(connectionReset) } });
  await expect(port.read()).rejects.toThrow('ECONNRESET');
  expect(await port.read()).toBeNull();
  await nulls.end();
  expect(await port.read()).toBe('true');
  await resets.end();
});

test('a call goes through all rules that choose it, the first outermost, and each counts its own', async () => {
  const broken = inject(
    { read: async (name: string) => name },
    {
      read: [
        { effect: answers((text) => `${text}!`) },
        { every: 2, effect: answers((text) => `${text}?`) },
        { where: (name) => name === 'b', nth: 2, effect: rejects(connectionReset) },
      ],
    },
  );
  const { read } = broken.port;
  expect([await read('a'), await read('b'), await read('a')]).toEqual(['a!', 'b?!', 'a!']);
  await expect(read('b')).rejects.toThrow('ECONNRESET');
  expect(await read('b')).toBe('b!');
  await broken.end();
});

test('what a rule would do to a call that waited until the end is not done any more', async () => {
  const broken = inject(
    { read: async () => 'true' },
    { read: [{ effect: hangs() }, { effect: rejects(connectionReset) }] },
  );
  const hanging = broken.port.read();
  await broken.end();
  expect(await hanging).toBe('true');
});

test('calls that the port makes on itself stay its own', async () => {
  const broken = inject(new Counter(), { read: { effect: rejects(connectionReset) } });
  expect(await broken.port.readTwice()).toEqual([0, 0]);
  await broken.end();
});

test('a listener is taken away though the port knows a stand-in for it', async () => {
  const emitter = new EventEmitter();
  const broken = inject(emitter, { on: { effect: toListener({ every: 2, effect: drops() }) } });
  const heard: number[] = [];
  const listener = (message: number) => heard.push(message);
  expect(broken.port.on('message', listener)).toBe(broken.port);
  for (const message of [1, 2, 3]) emitter.emit('message', message);
  broken.port.off('message', listener);
  expect(emitter.listenerCount('message')).toBe(0);
  await broken.end();
  broken.port.on('message', listener);
  for (const message of [4, 5]) emitter.emit('message', message);
  expect(heard).toEqual([1, 3, 4, 5]);
  broken.port.off('message', listener);
  expect(emitter.listenerCount('message')).toBe(0);
});

test('the trace is bounded, and says what it left out', async () => {
  const broken = inject({ add: () => 1 }, { add: { effect: answers(() => 2) } }, { traceLimit: 2 });
  for (let call = 0; call < 5; call++) expect(broken.port.add()).toBe(2);
  expect([broken.trace.length, broken.traceLeftOut]).toEqual([2, 3]);
  await broken.end();
});

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

test('the same seed gives the same trace and answers, byte for byte, over 100 seeds', async () => {
  const play = async (seed: number) => {
    const clock = new SimulatedClock();
    const broken = inject(
      {
        read: async (name: string) => name,
        async *stream() {
          for (let chunk = 0; chunk < 20; chunk++) yield Float32Array.of(chunk, 1);
        },
      },
      {
        read: [
          { probability: 0.3, effect: rejects(connectionReset) },
          { probability: 0.5, effect: answers((text, random) => `${text}${random.next()}`) },
        ],
        stream: { effect: changesChunks(silent, { probability: 0.4 }) },
      },
      { clock, random: seededRandom(seed) },
    );
    const seen: unknown[] = [];
    const reading = async (name: string) => {
      for (let call = 0; call < 10; call++) {
        seen.push(await broken.port.read(name).catch((error: NodeJS.ErrnoException) => error.code));
      }
    };
    const streaming = async () => {
      for await (const chunk of broken.port.stream()) seen.push(...chunk);
    };
    await Promise.all([reading('a'), reading('b'), streaming()]);
    await broken.end();
    return JSON.stringify([seen, broken.trace]);
  };
  const traces = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    const trace = await play(seed);
    expect(await play(seed)).toBe(trace);
    traces.add(trace);
  }
  expect(traces.size).toBe(100);
});

test('calls at the same time do not change what the others meet', async () => {
  const meet = async (others: number) => {
    const { port, end } = broken();
    const first = port.stream();
    for (let other = 0; other < others; other++) void port.read();
    const chunks = [];
    for await (const chunk of first) {
      chunks.push(chunk);
      for (let other = 0; other < others; other++) void port.read();
    }
    await end();
    return chunks;
  };
  const broken = () => {
    const injection = inject(
      {
        read: async () => 1,
        async *stream() {
          yield* Array.from({ length: 50 }, (_, index) => index);
        },
      },
      {
        read: { probability: 0.5, effect: answers(() => 2) },
        stream: { effect: changesChunks(() => -1, { probability: 0.5 }) },
      },
    );
    return { port: injection.port, end: () => injection.end() };
  };
  expect(await meet(3)).toEqual(await meet(0));
});
