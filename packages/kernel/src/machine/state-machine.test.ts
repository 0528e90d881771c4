import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { Signals } from '../signals/index.ts';
import { SimulatedClock } from '../time/index.ts';
import { machineChanged, machineFailed, stateMachine } from './index.ts';

/** S0-01: the voice client's states. */
const transitions = {
  LISTENING: { hotword: 'ACTIVE_SESSION', fail: 'IDLE' },
  ACTIVE_SESSION: { end: 'LISTENING', fail: 'IDLE' },
  IDLE: { listen: 'LISTENING' },
} as const;

function voice(signals?: Signals) {
  return stateMachine({ name: 'voice', start: 'LISTENING', transitions, ...(signals && { signals }) });
}

function watched() {
  const signals = new Signals({ clock: new SimulatedClock() });
  const told: string[] = [];
  signals.on(machineChanged, ({ data, source }) =>
    told.push(`${source}: ${data.from} → ${data.to} (${data.event})`),
  );
  signals.on(machineFailed, ({ data }) => told.push(`${data.event}: ${(data.error as Error).message}`));
  return { machine: voice(signals), told };
}

describe('a state machine', () => {
  test('moves as its table says, answers that it moved, and tells so', () => {
    const { machine, told } = watched();
    expect(machine.send('hotword')).toEqual({ moved: true, from: 'LISTENING', to: 'ACTIVE_SESSION' });
    expect(machine.state).toBe('ACTIVE_SESSION');
    expect(told).toEqual(['voice: LISTENING → ACTIVE_SESSION (hotword)']);
  });

  test('answers an event that its state does not have with the reason, and stays', () => {
    const { machine, told } = watched();
    expect(machine.can('end')).toBe(false);
    expect(machine.send('end')).toEqual({ moved: false, state: 'LISTENING', reason: 'no-transition' });
    expect(machine.state).toBe('LISTENING');
    expect(told).toEqual([]);
  });

  test('does not take a name of Object.prototype for an event or a state', () => {
    expect(voice().send('toString' as never)).toMatchObject({ moved: false, reason: 'no-transition' });
    const bad = { start: 'constructor' as never, name: 'x', transitions };
    expect(() => stateMachine(bad)).toThrow('got constructor');
  });

  test('moves from a given state only when it is there', () => {
    const machine = voice();
    expect(machine.send('end', 'ACTIVE_SESSION')).toMatchObject({ moved: false, reason: 'no-transition' });
    expect(machine.send('fail', 'ACTIVE_SESSION')).toMatchObject({ moved: false, reason: 'no-transition' });
    expect(machine.send('hotword', 'LISTENING').moved).toBe(true);
    expect(machine.send('end', 'ACTIVE_SESSION').moved).toBe(true);
  });

  test('refuses what a guard refuses', () => {
    let connected = false;
    const machine = stateMachine({
      name: 'voice',
      start: 'listening',
      transitions: {
        listening: { hotword: { to: 'active', guard: () => connected } },
        active: {},
      },
    });
    expect(machine.can('hotword')).toBe(false);
    expect(machine.send('hotword')).toEqual({ moved: false, state: 'listening', reason: 'guard-refused' });
    connected = true;
    expect(machine.can('hotword')).toBe(true);
    expect(machine.send('hotword').moved).toBe(true);
  });

  test('takes a guard that throws, or answers a promise, as a refusal, and reports the throw', () => {
    const signals = new Signals({ clock: new SimulatedClock() });
    const errors: unknown[] = [];
    signals.on(machineFailed, ({ data }) => errors.push(data));
    const machine = stateMachine({
      name: 'm',
      start: 'a',
      signals,
      transitions: {
        a: {
          throws: { to: 'b', guard: () => JSON.parse('{') as boolean },
          later: { to: 'b', guard: (async () => true) as unknown as () => boolean },
        },
        b: {},
      },
    });
    expect(machine.send('throws')).toMatchObject({ moved: false, reason: 'guard-refused' });
    expect(machine.send('later')).toMatchObject({ moved: false, reason: 'guard-refused' });
    expect(errors).toEqual([{ machine: 'm', event: 'throws', error: expect.any(SyntaxError) }]);
  });

  test('calls listeners on entry and exit, when it is in its new state', () => {
    const machine = voice();
    const heard: string[] = [];
    const stop = machine.on(({ from, to, event }) =>
      heard.push(`${from} ${event} ${to}, now ${machine.state}`),
    );
    machine.send('hotword');
    stop();
    stop();
    machine.send('end');
    expect(heard).toEqual(['LISTENING hotword ACTIVE_SESSION, now ACTIVE_SESSION']);
  });

  test('calls a listener that was added twice twice, and each stop ends its own', () => {
    const machine = voice();
    let calls = 0;
    const listener = () => calls++;
    const stop = machine.on(listener);
    machine.on(listener);
    machine.send('hotword');
    stop();
    machine.send('end');
    expect(calls).toBe(3);
  });

  test('does not break when a listener throws or rejects: the others hear, and it is reported', async () => {
    const { machine, told } = watched();
    let heard = 0;
    machine.on(() => {
      throw new Error('thrown');
    });
    machine.on(() => Promise.reject(new Error('rejected')));
    machine.on(() => heard++);
    expect(machine.send('hotword').moved).toBe(true);
    expect(machine.send('end').moved).toBe(true);
    await undefined;
    expect(heard).toBe(2);
    expect(told.filter((line) => !line.startsWith('voice')).sort()).toEqual([
      'end: rejected',
      'end: thrown',
      'hotword: rejected',
      'hotword: thrown',
    ]);
  });

  test('queues what listeners send, so that all hear of every change in its order', () => {
    const { machine, told } = watched();
    const heard: string[] = [];
    machine.on(({ to }) => {
      if (to !== 'ACTIVE_SESSION') return;
      expect(machine.send('fail')).toEqual({ moved: false, state: 'ACTIVE_SESSION', reason: 'queued' });
      expect(machine.send('end').moved).toBe(false);
    });
    machine.on(({ from, to }) => heard.push(`${from} → ${to}`));
    expect(machine.send('hotword')).toEqual({ moved: true, from: 'LISTENING', to: 'ACTIVE_SESSION' });
    expect(heard).toEqual(['LISTENING → ACTIVE_SESSION', 'ACTIVE_SESSION → IDLE']);
    expect(told).toHaveLength(2);
    expect(machine.send('listen').moved).toBe(true);
  });

  test('is busy for listeners that chase each other, and free again afterwards', () => {
    const { machine } = watched();
    let moves = 0;
    const refused: unknown[] = [];
    const stop = machine.on(({ to }) => {
      moves++;
      const sent = machine.send(to === 'LISTENING' ? 'hotword' : 'end');
      if (!sent.moved && sent.reason === 'busy') refused.push(sent);
    });
    machine.send('hotword');
    expect(moves).toBe(101);
    expect(refused).toHaveLength(1);
    stop();
    expect(machine.send(machine.state === 'LISTENING' ? 'hotword' : 'end').moved).toBe(true);
  });

  test.each([
    [
      { start: 'nowhere' as never, transitions },
      'of m must be one of LISTENING,ACTIVE_SESSION,IDLE; got nowhere',
    ],
    [{ start: 'a', transitions: { a: { go: 'b' } } } as never, 'must be one of a; got b'],
    [{ start: 'a', transitions: { a: { go: { to: 'c', guard: () => true } } } } as never, 'got c'],
  ])('refuses a table with a state that it does not have: %#', (options: object, message) => {
    expect(() => stateMachine({ name: 'm', ...options } as never)).toThrow(RangeError);
    expect(() => stateMachine({ name: 'm', ...options } as never)).toThrow(message);
  });

  test('refuses to start nowhere, and says which states there are', () => {
    const options = { name: 'm', start: undefined, transitions: { a: {} } } as never;
    expect(() => stateMachine(options)).toThrow('a state of m must be one of a; got undefined');
  });

  test('whatever comes, it is in a state of its table and came there by it', () => {
    const events = ['hotword', 'fail', 'end', 'listen'] as const;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), (sent) => {
        const machine = voice();
        for (const event of sent) {
          const from = machine.state;
          const allowed: Partial<Record<string, string>> = transitions[from];
          expect(machine.can(event)).toBe(event in allowed);
          expect(machine.send(event).moved).toBe(event in allowed);
          expect(machine.state).toBe(allowed[event] ?? from);
        }
      }),
    );
  });
});

test('an illegal transition does not compile', () => {
  const machine = voice();
  expectTypeOf(machine.state).toEqualTypeOf<'LISTENING' | 'ACTIVE_SESSION' | 'IDLE'>();
  expectTypeOf(machine.send).parameter(0).toEqualTypeOf<'hotword' | 'fail' | 'end' | 'listen'>();
  // @ts-expect-error: the table has no such event
  machine.send('hotwrod');
  // @ts-expect-error: nor may it be asked for
  machine.can('hotwrod');
  // @ts-expect-error: there is such an event, but not in this state
  machine.send('end', 'LISTENING');
  // @ts-expect-error: there is no such state
  machine.send('hotword', 'SLEEPING');
  // @ts-expect-error: states can be compared with nothing else
  expect(machine.state === 'SLEEPING').toBe(false);
  const options = { name: 'm', start: 'a' } as const;
  // @ts-expect-error: it leads to a state that is not there
  expect(() => stateMachine({ ...options, transitions: { a: { go: 'b' } } })).toThrow('got b');
  const guarded = { a: { go: { to: 'b', guard: () => true } } } as const;
  // @ts-expect-error: so does a guarded one
  expect(() => stateMachine({ ...options, transitions: guarded })).toThrow('got b');
  const started = { name: 'm', start: 'b', transitions: { a: {} } } as const;
  // @ts-expect-error: it starts in a state that is not there
  expect(() => stateMachine(started)).toThrow('got b');
});
