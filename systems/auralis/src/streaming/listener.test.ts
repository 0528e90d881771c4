import { type Fault, SimulatedClock } from '@sustain/kernel';
import { describe, expect, test } from 'vitest';
import { CLOSE_TOO_SLOW, Listener } from './listener.ts';

class Socket {
  bufferedAmount = 0;
  readonly sent: (Uint8Array | string)[] = [];
  closed: [number, string] | undefined;
  terminated = 0;
  send(data: Uint8Array | string): void {
    this.sent.push(data);
  }
  close(code: number, reason: string): void {
    this.closed = [code, reason];
  }
  terminate(): void {
    this.terminated++;
  }
}

function createListener() {
  const clock = new SimulatedClock();
  const socket = new Socket();
  const faults: Fault[] = [];
  const listener = new Listener(socket, {
    clock,
    onControl: (message) => JSON.stringify({ type: 'accepted', id: message.id }),
    onFault: (fault) => faults.push(fault),
  });
  return {
    clock,
    socket,
    faults,
    listener,
    answers: () => socket.sent.map((text) => JSON.parse(String(text))),
  };
}

describe('a listener that does not read', () => {
  test('gets frames dropped while more than a second waits, and then a discontinuity', () => {
    const { socket, listener } = createListener();
    const frame = new Uint8Array(32);
    listener.send(frame);
    socket.bufferedAmount = 44_100 * 4 + 1;
    for (let i = 0; i < 10; i++) listener.send(frame);
    socket.bufferedAmount = 0;
    listener.send(frame);
    listener.send(frame);
    expect(socket.sent.map((sent) => (sent as Uint8Array)[3])).toEqual([0, 1, 0]);
    expect(frame[3]).toBe(0);
    expect(socket.closed).toBeUndefined();
  });

  test('is sent away after three seconds of dropped frames, once', () => {
    const { socket, faults, listener } = createListener();
    socket.bufferedAmount = 1e6;
    for (let i = 0; i < 200; i++) listener.send(new Uint8Array(32));
    expect(socket.closed).toEqual([CLOSE_TOO_SLOW, 'LISTENER_TOO_SLOW']);
    expect(faults.map(({ code }) => code)).toEqual(['LISTENER_TOO_SLOW']);
  });
});

describe('a control message', () => {
  test('that is right is carried out and answered', () => {
    const { listener, answers } = createListener();
    listener.receive('{"type":"control","id":"a","parameters":{"key":"D"}}', false);
    expect(answers()).toEqual([{ type: 'accepted', id: 'a' }]);
  });

  test.each([
    ['not JSON', '{', 'MALFORMED_MESSAGE'],
    ['an array', '[]', 'MALFORMED_MESSAGE'],
    ['null', 'null', 'MALFORMED_MESSAGE'],
    ['of another type', '{"type":"shutdown"}', 'MALFORMED_MESSAGE'],
    ['with a field too many', '{"type":"control","parameters":{"key":"D"},"sudo":1}', 'MALFORMED_MESSAGE'],
    [
      'with an id of 65 characters',
      `{"type":"control","id":"${'x'.repeat(65)}","parameters":{}}`,
      'MALFORMED_MESSAGE',
    ],
    ['with a prototype', '{"type":"control","__proto__":{},"parameters":{"key":"D"}}', 'MALFORMED_MESSAGE'],
    ['without parameters', '{"type":"control"}', 'INVALID_PARAMETERS'],
    ['with an unknown key', '{"type":"control","parameters":{"key":"H"}}', 'INVALID_PARAMETERS'],
    ['with an unknown mode', '{"type":"control","parameters":{"mode":"jazz"}}', 'INVALID_PARAMETERS'],
    ['with a tempo of NaN', '{"type":"control","parameters":{"tempoBpm":null}}', 'INVALID_PARAMETERS'],
    [
      'with a tempo beyond the range',
      '{"type":"control","parameters":{"tempoBpm":1e9}}',
      'INVALID_PARAMETERS',
    ],
    ['with a parameter unknown', '{"type":"control","parameters":{"volume":1}}', 'INVALID_PARAMETERS'],
  ])('that is wrong (%s) is refused with a typed error', (_what, text, code) => {
    const { listener, faults, answers } = createListener();
    listener.receive(text, false);
    expect(answers()).toMatchObject([{ type: 'error', code, message: expect.stringMatching(/.+/) }]);
    expect(faults.map((fault) => fault.code)).toEqual([code]);
  });

  test('that is refused is answered under its id, with the parameter that was wrong', () => {
    const { listener, answers } = createListener();
    listener.receive('{"type":"control","id":"b","parameters":{"tempoBpm":9000}}', false);
    const operationId = expect.stringMatching(/^[0-9a-f]{32}$/);
    expect(answers()).toMatchObject([{ id: 'b', field: 'tempoBpm', retryable: false, operationId }]);
  });

  test('that is binary is refused', () => {
    const { listener, answers } = createListener();
    listener.receive(Buffer.from([1, 2, 3]), true);
    expect(answers()).toMatchObject([{ type: 'error', code: 'MALFORMED_MESSAGE' }]);
  });

  test('beyond twenty a second is refused with the time to wait, and the next second is free again', async () => {
    const { clock, listener, answers } = createListener();
    const ask = () => listener.receive('{"type":"control","parameters":{"key":"D"}}', false);
    for (let i = 0; i < 21; i++) ask();
    expect(answers().at(-1)).toMatchObject({
      code: 'TOO_MANY_MESSAGES',
      retryable: true,
      retryAfterMs: 1000,
    });
    await clock.advance(1000);
    ask();
    expect(answers().at(-1)).toMatchObject({ type: 'accepted' });
  });

  test('flood is answered once a second and then cut off: the rest costs nothing', () => {
    const { socket, faults, listener } = createListener();
    for (let i = 0; i < 5000; i++) listener.receive('{', false);
    expect(socket.sent).toHaveLength(21);
    expect(faults.filter(({ code }) => code === 'TOO_MANY_MESSAGES')).toHaveLength(1);
    expect(socket.terminated).toBe(1);
  });

  test('that the server fails to carry out tells nothing of the inside', () => {
    const socket = new Socket();
    const listener = new Listener(socket, {
      clock: new SimulatedClock(),
      onControl: () => {
        throw new Error('password=hunter2');
      },
      onFault: () => undefined,
    });
    listener.receive('{"type":"control","parameters":{"key":"D"}}', false);
    expect(String(socket.sent[0])).not.toContain('hunter2');
    expect(JSON.parse(String(socket.sent[0]))).toMatchObject({ type: 'error', code: 'UNEXPECTED' });
  });
});
