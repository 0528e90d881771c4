import { type Fault, SimulatedClock } from '@sustain/kernel';
import { describe, expect, test } from 'vitest';
import { AnsweredControls } from './answered-controls.ts';
import { CLOSE_TOO_SLOW, Listener, type ListenerOptions } from './listener.ts';
import type { Heard } from './playback-progress.ts';

class Socket {
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: (Uint8Array | string)[] = [];
  closed: [number, string] | undefined;
  terminated = 0;
  pings = 0;
  /** Whether the system takes what is sent. */
  takes = true;
  send(data: Uint8Array | string, done?: () => void): void {
    this.sent.push(data);
    if (this.takes) done?.();
  }
  ping(): void {
    this.pings++;
  }
  close(code: number, reason: string): void {
    this.closed = [code, reason];
  }
  terminate(): void {
    this.terminated++;
  }
}

function createListener(options: Partial<ListenerOptions> = {}) {
  const clock = new SimulatedClock();
  const socket = new Socket();
  const faults: Fault[] = [];
  const shed: string[] = [];
  const dropped: number[] = [];
  const heard: Heard[] = [];
  const controls: string[] = [];
  const listener = new Listener(socket, {
    clock,
    ticket: { token: 't', answered: new AnsweredControls(clock) },
    sendWithRetry: async (send) => send({} as never) !== undefined,
    onControl: (message) => {
      controls.push(JSON.stringify(message.parameters));
      return JSON.stringify({ type: 'accepted', id: message.id, number: controls.length });
    },
    nextSequence: () => 77,
    events: {
      onFault: (fault) => faults.push(fault),
      onShed: (reason) => shed.push(reason),
      onDropped: (frames) => dropped.push(frames),
      onHeard: (what) => heard.push(what),
    },
    ...options,
  });
  return {
    clock,
    socket,
    faults,
    shed,
    dropped,
    heard,
    controls,
    listener,
    answers: () => socket.sent.map((text) => JSON.parse(String(text))),
    /** Looks twice a second for so long; `meanwhile` happens after each look. */
    async look(seconds: number, meanwhile: () => void = () => undefined): Promise<void> {
      for (let looks = 0; looks < 2 * seconds; looks++) {
        listener.look();
        meanwhile();
        await clock.advance(500);
      }
    },
  };
}

const SECOND_BYTES = 44_100 * 4;

describe('a listener that does not keep up', () => {
  test('gets frames dropped while more than a second waits, and then a discontinuity', () => {
    const { socket, listener, dropped } = createListener();
    const frame = new Uint8Array(32);
    listener.send(frame);
    socket.bufferedAmount = SECOND_BYTES + 1;
    for (let i = 0; i < 10; i++) listener.send(frame);
    socket.bufferedAmount = 0;
    listener.send(frame);
    listener.send(frame);
    expect(socket.sent.map((sent) => (sent as Uint8Array)[3])).toEqual([0, 1, 0]);
    expect(frame[3]).toBe(0);
    expect(dropped).toEqual([10]);
    expect(socket.closed).toBeUndefined();
  });

  test('is sent away when three seconds wait for it, once, and is cut off when it does not go', async () => {
    const { clock, socket, faults, shed, dropped, listener } = createListener();
    socket.bufferedAmount = 1.01 * SECOND_BYTES;
    for (let i = 0; i < 200; i++) listener.send(new Uint8Array(32));
    expect(socket.closed).toEqual([CLOSE_TOO_SLOW, 'LISTENER_TOO_SLOW']);
    expect(faults.map(({ code }) => code)).toEqual(['LISTENER_TOO_SLOW']);
    expect(shed).toEqual(['three seconds wait']);
    expect(dropped).toEqual([50]);
    expect(socket.terminated).toBe(0);
    await clock.advance(3000);
    expect(socket.terminated).toBe(1);
  });

  test('is sent away the third time that frames are dropped in 30 s, and not when it takes longer', async () => {
    for (const [pauseMs, closed] of [
      [14_000, [CLOSE_TOO_SLOW, 'LISTENER_TOO_SLOW']],
      [16_000, undefined],
    ] as const) {
      const { clock, socket, listener } = createListener();
      for (let episode = 0; episode < 3; episode++) {
        socket.bufferedAmount = 1.1 * SECOND_BYTES;
        listener.send(new Uint8Array(32));
        socket.bufferedAmount = 0;
        listener.send(new Uint8Array(32));
        await clock.advance(pauseMs);
      }
      expect(socket.closed).toEqual(closed);
    }
  });

  test('may have what it got at once waiting besides, until it is through', () => {
    const { socket, listener } = createListener({ burstFrames: 50 });
    const frame = new Uint8Array(32);
    for (let i = 0; i < 50; i++) {
      listener.send(frame);
      socket.bufferedAmount += SECOND_BYTES / 25;
    }
    for (let i = 0; i < 20; i++) listener.send(frame);
    expect(socket.sent).toHaveLength(70);
    socket.bufferedAmount = 0;
    listener.send(frame);
    socket.bufferedAmount = 1.1 * SECOND_BYTES;
    listener.send(frame);
    expect(socket.sent).toHaveLength(71);
  });

  test('that was dropped for goes on when it has caught up by half a second, so that one disturbance is one gap', () => {
    const { listener, socket, shed, dropped } = createListener();
    for (const waitingS of [1.1, 0.9, 1.05, 0.7, 0.4, 0.9, 0.2]) {
      socket.bufferedAmount = waitingS * SECOND_BYTES;
      listener.send(new Uint8Array(32));
    }
    expect([dropped, shed]).toEqual([[4], []]);
  });

  test('that is leaving is not too slow for what nobody sends it', () => {
    const { listener, socket, shed, dropped } = createListener();
    socket.readyState = 2;
    socket.bufferedAmount = 10 * SECOND_BYTES;
    for (let n = 0; n < 100; n++) listener.send(new Uint8Array(32));
    listener.look();
    listener.tell('news');
    expect([socket.sent, shed, dropped, socket.pings]).toEqual([[], [], [], 0]);
  });

  test('that gets ten seconds at once has as long to answer its first ping', async () => {
    const { clock, listener, shed } = createListener({ burstFrames: 250 });
    for (let look = 0; look < 29; look++) {
      listener.look();
      await clock.advance(500);
    }
    expect(shed).toEqual([]);
    for (let look = 0; look < 4; look++) {
      listener.look();
      await clock.advance(500);
    }
    expect(shed).toEqual(['no answer to pings']);
  });

  test('that comes after a gap has its first frame flagged, and no other', () => {
    const { socket, listener } = createListener({ afterGap: true });
    for (let i = 0; i < 3; i++) listener.send(new Uint8Array(32));
    expect(socket.sent.map((sent) => (sent as Uint8Array)[3])).toEqual([1, 0, 0]);
  });
});

test('one who was sent away is told nothing more, and steers nothing more', () => {
  const { socket, listener, controls } = createListener();
  socket.bufferedAmount = 4 * SECOND_BYTES;
  listener.send(new Uint8Array(32));
  listener.receive('{"type":"control","parameters":{"key":"D"}}', false);
  listener.tell('{}');
  listener.send(new Uint8Array(32));
  expect([socket.sent, controls]).toEqual([[], []]);
});

describe('a listener is looked after', () => {
  test('it is pinged every 5 s, and told so every 30 s in words', async () => {
    const { socket, listener, answers, look } = createListener();
    await look(61, () => listener.pong());
    expect(socket.pings).toBe(13);
    expect(answers()).toEqual([
      { type: 'ping', nextSeq: 77 },
      { type: 'ping', nextSeq: 77 },
    ]);
    expect(socket.closed).toBeUndefined();
  });

  test('one that answers no ping is sent away within 12 s after its last answer, whenever that was', async () => {
    for (const silentAfterMs of [0, 500, 4500, 5000, 9000]) {
      const { clock, socket, listener, shed } = createListener();
      let answeredMs = 0;
      let closedMs = 0;
      for (let ms = 0; ms < 30_000; ms += 500) {
        const { pings } = socket;
        listener.look();
        if (socket.closed !== undefined) closedMs ||= ms;
        if (ms < silentAfterMs && socket.pings > pings) {
          listener.pong();
          answeredMs = ms;
        }
        await clock.advance(500);
      }
      expect(shed).toEqual(['no answer to pings']);
      expect(closedMs - answeredMs).toBeLessThanOrEqual(11_500);
      expect(closedMs - answeredMs).toBeGreaterThanOrEqual(6000);
    }
  });

  test('when it is this process that stood still, nobody is sent away for it', async () => {
    const { clock, socket, listener } = createListener();
    for (let i = 0; i < 20; i++) {
      listener.look();
      await clock.advance(60_000);
      listener.pong();
    }
    expect(socket.closed).toBeUndefined();
  });

  test('one whose playback stands still while audio is sent is sent away within 12 s', async () => {
    const { socket, listener, shed, look } = createListener();
    const send = () => {
      listener.pong();
      for (let i = 0; i < 13; i++) listener.send(new Uint8Array(32));
      listener.receive('{"type":"playback","playedSample":441000,"underruns":1}', false);
    };
    await look(9.5, send);
    expect(socket.closed).toBeUndefined();
    await look(2, send);
    expect(shed).toEqual(['playback stands still']);
    expect(socket.closed?.[0]).toBe(CLOSE_TOO_SLOW);
  });

  test('one that gets on, one that never reports, and one that is sent nothing may stay', async () => {
    const gettingOn = createListener();
    let playedSample = 0;
    await gettingOn.look(60, () => {
      gettingOn.listener.pong();
      for (let i = 0; i < 13; i++) gettingOn.listener.send(new Uint8Array(32));
      playedSample += 100;
      const report = { type: 'playback', playedSample };
      gettingOn.listener.receive(JSON.stringify(report), false);
    });
    const silent = createListener();
    await silent.look(60, () => {
      silent.listener.pong();
      for (let i = 0; i < 13; i++) silent.listener.send(new Uint8Array(32));
    });
    const without = createListener();
    await without.look(60, () => {
      without.listener.pong();
      without.listener.receive('{"type":"playback","playedSample":5}', false);
    });
    for (const { socket } of [gettingOn, silent, without]) expect(socket.closed).toBeUndefined();
  });

  test('what it says it heard is told as good and bad time, never more than has passed', async () => {
    const { clock, listener, heard } = createListener();
    const report = (playedSample: number, concealedMs: number, underruns = 0) =>
      listener.receive(JSON.stringify({ type: 'playback', playedSample, concealedMs, underruns }), false);
    report(0, 0);
    await clock.advance(1000);
    report(44_100, 0);
    await clock.advance(1000);
    report(66_150, 500, 1);
    await clock.advance(1000);
    report(9e12, 9e12, 1);
    await clock.advance(1000);
    report(0, 0);
    expect(heard).toEqual([
      { goodMs: 1000, badMs: 0, underruns: 0 },
      { goodMs: 500, badMs: 500, underruns: 1 },
      { goodMs: 0, badMs: 1000, underruns: 0 },
      { goodMs: 0, badMs: 0, underruns: 0 },
    ]);
  });
});

describe('a control message', () => {
  test('that is right is carried out and answered', () => {
    const { listener, answers } = createListener();
    listener.receive('{"type":"control","id":"a","parameters":{"key":"D"}}', false);
    expect(answers()).toEqual([{ type: 'accepted', id: 'a', number: 1 }]);
  });

  test('that is sent again with its id is answered as it was, and carried out once', async () => {
    const { clock, listener, controls, answers } = createListener();
    const ask = (key: string) =>
      listener.receive(JSON.stringify({ type: 'control', id: 'a', parameters: { key } }), false);
    ask('D');
    ask('D');
    expect(controls).toHaveLength(1);
    expect(answers()[1]).toEqual(answers()[0]);
    ask('E');
    expect(controls).toHaveLength(2);
    await clock.advance(10_000);
    ask('E');
    expect(controls).toHaveLength(3);
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
    ['a report of no position', '{"type":"playback"}', 'MALFORMED_MESSAGE'],
    ['a report of a negative position', '{"type":"playback","playedSample":-1}', 'MALFORMED_MESSAGE'],
    ['a report of too much', '{"type":"playback","playedSample":1,"bufferedMs":1e999}', 'MALFORMED_MESSAGE'],
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
    const { socket, listener } = createListener({
      onControl: () => {
        throw new Error('password=hunter2');
      },
    });
    listener.receive('{"type":"control","parameters":{"key":"D"}}', false);
    expect(String(socket.sent[0])).not.toContain('hunter2');
    expect(JSON.parse(String(socket.sent[0]))).toMatchObject({ type: 'error', code: 'UNEXPECTED' });
  });
});
