import { type Signal, Signals, SimulatedClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { defaultParameters } from '../composition/index.ts';
import { framesDropped, listenerJoined, listenerLeft, listenerResumed, listenerShed } from '../signals.ts';
import { Audience } from './audience.ts';
import { Broadcast } from './broadcast.ts';
import type { Hello } from './hello.ts';
import { CLOSE_REPLACED } from './seat.ts';
import { Timeline } from './timeline.ts';

class Socket {
  readyState = 1;
  bufferedAmount = 0;
  readonly texts: Record<string, unknown>[] = [];
  frames = 0;
  closed: number | undefined;
  terminated = 0;
  send(data: Uint8Array | string, done?: () => void): void {
    if (typeof data === 'string') this.texts.push(JSON.parse(data));
    else this.frames++;
    done?.();
  }
  ping(): void {
    this.texts.push({ type: 'protocol ping' });
  }
  close(code: number): void {
    this.closed = code;
  }
  terminate(): void {
    this.terminated++;
  }
}

function createAudience() {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const broadcast = new Broadcast(new Timeline(), 9);
  const audience = new Audience({
    ...{ broadcast, clock, signals },
    parameters: () => defaultParameters,
    onControl: () => '{}',
  });
  const told: [string, unknown][] = [];
  for (const type of [listenerJoined, listenerLeft, listenerResumed, listenerShed, framesDropped]) {
    signals.on(type, ({ data }: Signal) => told.push([type.type.replace('auralis.', ''), data]));
  }
  const enter = (hello: Partial<Hello> = {}) => {
    const socket = new Socket();
    const seat = audience.enter(socket, { tellsFull: false, ...hello });
    const welcome = socket.texts[0] as { token: string; resumed: boolean; nextSeq: number };
    return { socket, seat, ...welcome };
  };
  return { audience, broadcast, clock, told, enter };
}

test('who comes and goes is counted, once, and nothing is left of it but its ticket', async () => {
  const { audience, broadcast, clock, told, enter } = createAudience();
  const { seat, resumed } = enter();
  expect([audience.size, broadcast.size, resumed]).toEqual([1, 1, false]);
  await clock.advance(2000);
  seat.leave(1001);
  seat.leave(1006);
  expect([audience.size, broadcast.size, clock.waitingTimers]).toEqual([0, 0, 0]);
  expect(told).toEqual([
    ['listener.joined', { listeners: 1 }],
    ['listener.left', { listeners: 0, closeCode: 1001, listenedMs: 2000 }],
  ]);
});

test('who takes the place of its own connection has it alone, and is known as long as it is there', async () => {
  const { audience, broadcast, clock, enter } = createAudience();
  for (let i = 0; i < 30; i++) broadcast.sendNext();
  const first = enter();
  const second = enter({ token: first.token, epoch: 9, lastSeq: 29 });
  expect(first.socket.closed).toBe(CLOSE_REPLACED);
  expect(second).toMatchObject({ token: first.token, resumed: true, nextSeq: 30 });
  first.seat.leave(CLOSE_REPLACED);
  expect([audience.size, broadcast.size]).toEqual([1, 1]);
  expect(audience.replaces({ token: first.token, tellsFull: false })).toBe(true);
  for (let i = 0; i < 1200; i++) {
    await clock.advance(500);
    second.seat.listener.pong();
  }
  const third = enter({ token: first.token, epoch: 9, lastSeq: 29 });
  expect(third).toMatchObject({ token: first.token, resumed: true });
  expect(first.socket.terminated).toBe(1);
});

test('who comes back is told of with what it missed, and gets it', () => {
  const { broadcast, told, enter } = createAudience();
  for (let i = 0; i < 300; i++) broadcast.sendNext();
  const { seat, token } = enter();
  seat.leave(1006);
  const near = enter({ token, epoch: 9, lastSeq: 289 });
  expect([near.nextSeq, near.socket.frames]).toEqual([290, 10]);
  near.seat.leave(1006);
  const far = enter({ token, epoch: 9, lastSeq: 100 });
  expect([far.nextSeq, far.socket.frames]).toEqual([282, 18]);
  expect(told.filter(([type]) => type === 'listener.resumed').map(([, data]) => data)).toEqual([
    { how: 'replayed', missedMs: 400 },
    { how: 'jumped', missedMs: 7240 },
  ]);
});

test('who is sent away leaves its place at once, though its connection lingers, and what was dropped is told', async () => {
  const { audience, broadcast, clock, told, enter } = createAudience();
  const { socket } = enter();
  socket.bufferedAmount = 44_100 * 4 * 1.1;
  for (let i = 0; i < 100; i++) broadcast.sendNext();
  expect(audience.size).toBe(0);
  expect(told.slice(1)).toEqual([
    ['frames.dropped', { frames: 48, droppedMs: 1920 }],
    ['listener.shed', { reason: 'three seconds wait' }],
    ['listener.left', { listeners: 0, closeCode: 4008, listenedMs: 0 }],
  ]);
  await clock.advance(3000);
  expect(socket.terminated).toBe(1);
});
