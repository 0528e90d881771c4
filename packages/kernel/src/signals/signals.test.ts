import { expect, test } from 'vitest';
import { SimulatedClock } from '../time/index.ts';
import { defineSignal, Signals } from './signals.ts';

const opened = defineSignal<{ failures: number }>('breaker.opened');
const closed = defineSignal<Record<string, never>>('breaker.closed');

test('a listener gets the data, the source, the operation and both times', async () => {
  const clock = new SimulatedClock(5000);
  const signals = new Signals({ clock });
  await clock.advance(20);
  const heard: unknown[] = [];
  signals.on(opened, (signal) => heard.push(signal));
  signals.channel(opened).emit({ failures: 5 }, { source: 'llm', operationId: 'op-1' });
  expect(heard).toEqual([
    {
      type: 'breaker.opened',
      source: 'llm',
      operationId: 'op-1',
      wallMs: 5020,
      monotonicMs: 20,
      data: { failures: 5 },
    },
  ]);
});

test('a channel knows whether anybody listens', () => {
  const signals = new Signals();
  const channel = signals.channel(opened);
  expect(channel.heard).toBe(false);
  const stop = signals.on(opened, () => undefined);
  const stopAny = signals.onAny(() => undefined);
  expect(channel.heard).toBe(true);
  stop();
  stop();
  expect(channel.heard).toBe(true);
  stopAny();
  expect(channel.heard).toBe(false);
});

test('onAny hears every kind, also those whose channel is made later', () => {
  const signals = new Signals();
  const early = signals.channel(opened);
  const types: string[] = [];
  signals.onAny((signal) => types.push(signal.type));
  early.emit({ failures: 1 }, { source: 'a' });
  signals.channel(closed).emit({}, { source: 'a' });
  expect(types).toEqual(['breaker.opened', 'breaker.closed']);
});

test('a listener that throws or rejects is isolated and counted', async () => {
  const signals = new Signals();
  const heard: number[] = [];
  signals.on(opened, () => {
    throw new Error('broken dashboard');
  });
  signals.on(opened, async () => {
    throw new Error('broken uplink');
  });
  signals.on(opened, (signal) => heard.push(signal.data.failures));
  signals.channel(opened).emit({ failures: 3 }, { source: 'a' });
  await Promise.resolve();
  expect(heard).toEqual([3]);
  expect(signals.counts.listenerErrors).toBe(2);
  expect(signals.counts.lastListenerError).toEqual(new Error('broken uplink'));
});

test('a listener that unsubscribes itself while a signal goes out does not keep others from hearing it', () => {
  const signals = new Signals();
  const heard: string[] = [];
  const stop = signals.on(opened, () => {
    heard.push('once');
    stop();
  });
  signals.on(opened, () => heard.push('always'));
  const channel = signals.channel(opened);
  channel.emit({ failures: 1 }, { source: 'a' });
  channel.emit({ failures: 2 }, { source: 'a' });
  expect(heard).toEqual(['once', 'always', 'always']);
});

test('who stops listening while a signal goes out still hears that one, and nothing that it leads to', () => {
  const signals = new Signals();
  const heard: string[] = [];
  signals.on(opened, () => {
    stop();
    signals.on(closed, () => heard.push('newcomer'));
    expect(signals.channel(closed).heard).toBe(true);
    signals.channel(closed).emit({}, { source: 'a' });
  });
  const stop = signals.onAny(({ type }) => heard.push(type));
  signals.channel(opened).emit({ failures: 1 }, { source: 'a' });
  expect(heard).toEqual(['breaker.opened', 'newcomer']);
});

test('those who hear one kind and those who hear all are called in the order of their arrival', () => {
  const signals = new Signals();
  const heard: string[] = [];
  signals.on(opened, () => heard.push('first'));
  signals.onAny(() => heard.push('second'));
  const same = () => heard.push('third');
  signals.on(opened, same);
  const stop = signals.on(opened, same);
  stop();
  signals.channel(opened).emit({ failures: 1 }, { source: 'a' });
  expect(heard).toEqual(['first', 'second', 'third']);
});

test('what a listener leads to is heard by all after what led to it, in the order in which it happened', () => {
  const signals = new Signals();
  const channel = signals.channel(opened);
  const heard: string[] = [];
  signals.on(opened, ({ data }) => {
    heard.push(`first ${data.failures}`);
    if (data.failures < 2) channel.emit({ failures: data.failures + 1 }, { source: 'x' });
  });
  signals.onAny(({ data }) => heard.push(`last ${(data as { failures: number }).failures}`));
  channel.emit({ failures: 0 }, { source: 'x' });
  expect(heard).toEqual(['first 0', 'last 0', 'first 1', 'last 1', 'first 2', 'last 2']);
});

test('signals that lead to each other without end come to one, and are counted as errors', () => {
  const signals = new Signals();
  const channel = signals.channel(opened);
  let heard = 0;
  signals.on(opened, ({ data }) => {
    heard++;
    channel.emit(data, { source: 'x' });
  });
  channel.emit({ failures: 0 }, { source: 'x' });
  expect(heard).toBeGreaterThan(1000);
  expect(signals.counts.lastListenerError).toBeInstanceOf(RangeError);
  channel.emit({ failures: 0 }, { source: 'x' });
  expect(signals.counts.listenerErrors).toBe(2);
});
