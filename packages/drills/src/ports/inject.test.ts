import { EventEmitter } from 'node:events';
import { SimulatedClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { answers, breakable, connectionReset, drops, hangs, inject, rejects, toListener } from './index.ts';

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

test('what has ended is forgotten: its rules are asked no more', async () => {
  let asked = 0;
  const where = () => ++asked > 0;
  const broken = inject({ add: () => 1 }, { add: { where, effect: answers(() => 2) } });
  expect([broken.port.add(), asked]).toEqual([2, 1]);
  await broken.end();
  expect([broken.port.add(), asked]).toEqual([1, 1]);
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
