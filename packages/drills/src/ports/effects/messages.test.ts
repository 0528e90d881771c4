import { SimulatedClock, seededRandom } from '@sustain/kernel';
import { FOREVER } from '@sustain/kernel/options';
import { expect, test } from 'vitest';
import { drops, duplicates, type Effect, inject, postpones, reorders, toListener } from '../index.ts';
import { ledger } from './ledger.fixture.ts';

test('messages that are sent are dropped, doubled, and postponed past those that come after', async () => {
  const clock = new SimulatedClock();
  const broken = inject(
    ledger(),
    {
      send: [
        { nth: 1, effect: drops() },
        { nth: 2, effect: duplicates() },
        { nth: 3, effect: postpones(50) },
      ],
      save: [
        { nth: 1, effect: drops(async () => 99) },
        { nth: 2, effect: duplicates() },
      ],
    },
    { clock },
  );
  for (const message of ['a', 'b', 'c', 'd']) broken.port.send(message);
  await clock.advance(50);
  expect(broken.port.done).toEqual(['b', 'b', 'd', 'c']);
  expect(await broken.port.save('e')).toBe(99);
  expect(await broken.port.save('f')).toBe(5);
  expect(broken.port.done.slice(4)).toEqual(['f', 'f']);
  await broken.end();
});

test('what an effect postpones when the injection has ended comes at once', async () => {
  const clock = new SimulatedClock();
  const late: Effect<Promise<void>> = {
    name: 'late',
    begin: () => async (call) => {
      await call.pause(FOREVER);
      call.later(1000, () => void call.proceed());
    },
  };
  const saved = ledger();
  const broken = inject(
    { save: async (text: string): Promise<void> => saved.send(text) },
    { save: { effect: late } },
    { clock },
  );
  const saving = broken.port.save('a');
  await broken.end();
  await saving;
  expect(saved.done).toEqual(['a']);
});

test('a message that its receiver refuses does not take the others with it', async () => {
  const heard: number[] = [];
  const receive = (message: number): void => {
    heard.push(message);
    if (message === 2) throw new Error('not two');
  };
  const broken = inject({ receive }, { receive: { effect: reorders({ messages: 3 }) } });
  broken.port.receive(1);
  broken.port.receive(2);
  expect(() => broken.port.receive(3)).toThrow('not two');
  expect(heard.toSorted()).toEqual([1, 2, 3]);
  await broken.end();
});

test('messages that are received come in another order, all of them, also the last ones', async () => {
  const clock = new SimulatedClock();
  const listeners: ((message: number) => void)[] = [];
  const broken = inject(
    { onMessage: (listener: (message: number) => void) => listeners.push(listener) },
    { onMessage: { effect: toListener({ effect: reorders({ messages: 3, withinMs: 100 }) }) } },
    { clock, random: seededRandom(4) },
  );
  const heard: number[] = [];
  broken.port.onMessage((message) => heard.push(message));
  const tell = (...messages: number[]) => {
    for (const message of messages) for (const listener of listeners) listener(message);
  };
  tell(1, 2, 3);
  expect(heard.toSorted()).toEqual([1, 2, 3]);
  expect(heard).not.toEqual([1, 2, 3]);
  tell(4, 5);
  await clock.advance(99);
  expect(heard).toHaveLength(3);
  await clock.advance(1);
  expect(heard.slice(3)).toEqual([5, 4]);
  tell(6);
  await broken.end();
  await clock.advance(0);
  expect(heard.slice(5)).toEqual([6]);
  tell(7);
  expect(heard.slice(6)).toEqual([7]);
  expect(broken.trace[0]).toMatchObject({ method: 'onMessage.listener', effect: 'reorders' });
});
