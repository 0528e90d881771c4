import { SimulatedClock, seededRandom } from '@sustain/kernel';
import { describe, expect, it, vi } from 'vitest';
import { RecordingOutlet } from './recording-outlet.fixture.ts';
import { StageLink } from './stage-link.ts';
import type { FlowToxic, Toxic } from './toxic.ts';
import { bandwidth, blackhole, latency, partition, reset, slowClose, truncate } from './toxics/index.ts';

function linked(toxic: Toxic) {
  const clock = new SimulatedClock();
  const outlet = new RecordingOutlet();
  const onHit = vi.fn();
  const onRoom = vi.fn();
  const link = new StageLink((toxic as FlowToxic).stage(seededRandom(1)), outlet, clock, onHit);
  link.leadTo(outlet);
  link.onRoom = onRoom;
  const send = (...texts: string[]) => {
    for (const text of texts) link.bytes(Buffer.from(text));
  };
  return { clock, outlet, onHit, onRoom, link, send };
}

describe('a link', () => {
  it('hands on late what is late, in order, and the end after it', async () => {
    const { clock, outlet, link, send } = linked(latency({ delayMs: 30 }));
    send('a');
    await clock.advance(10);
    send('b');
    link.close('end');
    await clock.advance(19);
    expect(outlet.seen).toEqual([]);
    await clock.advance(1);
    expect(outlet.seen).toEqual(['a']);
    await clock.advance(10);
    expect(outlet.seen).toEqual(['a', 'b', 'end']);
    expect(clock.waitingTimers).toBe(0);
  });

  it('never lets bytes overtake each other, however they stray', async () => {
    const { clock, outlet, send } = linked(latency({ delayMs: 50, jitterMs: 50 }));
    const texts = Array.from({ length: 200 }, (_, at) => `${at}`);
    for (const text of texts) {
      send(text);
      await clock.advance(1);
    }
    await clock.advance(100);
    expect(outlet.seen).toEqual(texts);
  });

  it('lets the rest of a chunk wait for its own time', async () => {
    const { clock, outlet, send } = linked(bandwidth({ bytesPerSecond: 100 }));
    send('abc');
    await clock.advance(20);
    expect(outlet.seen).toEqual(['ab']);
    await clock.advance(10);
    expect(outlet.seen).toEqual(['ab', 'c']);
  });

  it('is full when it holds more than its window, and says when there is room again', async () => {
    const { clock, link, onRoom, send } = linked(latency({ delayMs: 10, windowBytes: 1000 }));
    send('a');
    expect(link.isFull).toBe(false);
    send('b'.repeat(1000));
    expect(link.isFull).toBe(true);
    expect(onRoom).not.toHaveBeenCalled();
    await clock.advance(10);
    expect(link.isFull).toBe(false);
    expect(onRoom).toHaveBeenCalledTimes(1);
  });

  it('is full of many small chunks too: they take memory', () => {
    const { link, send } = linked(latency({ delayMs: 10, windowBytes: 100_000 }));
    for (let sent = 0; sent < 1000; sent++) send('a');
    expect(link.isFull).toBe(true);
  });

  it('hands nothing to who has enough, and is full itself then', () => {
    const { outlet, link, onRoom, send } = linked(slowClose({ delayMs: 10 }));
    outlet.fill();
    send('a');
    expect(outlet.seen).toEqual([]);
    expect(link.isFull).toBe(true);
    outlet.drain();
    expect(outlet.seen).toEqual(['a']);
    expect(onRoom).toHaveBeenCalledTimes(1);
  });

  it('loses what comes after an end or a reset that its toxic has made', () => {
    const { outlet, link, send } = linked(truncate({ afterBytes: 3 }));
    send('ab', 'cd', 'ef');
    link.close('end');
    expect(outlet.seen).toEqual(['ab', 'c', 'end']);
    expect(link.isFull).toBe(false);

    const cut = linked(reset({ midMessage: true }));
    cut.send('abcd', 'ef');
    expect(cut.outlet.seen).toEqual(['ab', 'reset']);
  });

  it('counts what it did something to, and not what it let pass', () => {
    const { link, onHit, send } = linked(slowClose({ delayMs: 10 }));
    send('a', 'b');
    expect(onHit).not.toHaveBeenCalled();
    link.close('end');
    expect(onHit).toHaveBeenCalledTimes(1);

    const lost = linked(blackhole());
    lost.send('a', 'b');
    expect(lost.onHit).toHaveBeenCalledTimes(2);
    expect(lost.outlet.seen).toEqual([]);
  });
});

describe('a link that is dissolved', () => {
  it('hands on at once what it held, and leaves no timer', () => {
    const { clock, outlet, link, send } = linked(latency({ delayMs: 30 }));
    send('a', 'b');
    link.close('reset');
    link.dissolve();
    expect(outlet.seen).toEqual(['a', 'b', 'reset']);
    expect(clock.waitingTimers).toBe(0);
  });

  it('hands on each byte once, also of a chunk that was on its way', async () => {
    const { clock, outlet, link, send } = linked(bandwidth({ bytesPerSecond: 100 }));
    send('abcdefg', 'hi');
    await clock.advance(50);
    link.dissolve();
    expect(outlet.seen.join('')).toBe('abcdefghi');
  });

  it('heals a partition: nothing of what it held was lost', async () => {
    const { clock, outlet, link, onHit, send } = linked(partition());
    send('a', 'b');
    link.close('end');
    await clock.advance(100_000);
    expect(outlet.seen).toEqual([]);
    expect(onHit).toHaveBeenCalledTimes(1);
    link.dissolve();
    expect(outlet.seen).toEqual(['a', 'b', 'end']);
  });
});
