import { expect, test } from 'vitest';
import { type Link, PortSocket } from './child-port.ts';
import { childProcess } from './child-process.ts';
import { workerThread } from './worker-thread.ts';

const link = (sent: string[], pid: number): Link<string> => ({
  pid,
  send: (message) => void sent.push(`${pid}: ${message}`),
  kill: () => sent.push(`${pid}: killed`),
});

test('a port leads to the run that is plugged in, and says so when there is none', async () => {
  const sent: string[] = [];
  const port = new PortSocket<string, string>('synth');
  await expect(port.send('early')).rejects.toThrow('synth is not running: nothing was sent');
  const first = link(sent, 1);
  port.plug(first);
  await port.send('hello');
  port.kill();
  port.unplug(first, { kind: 'finished' });
  port.kill();
  port.plug(link(sent, 2));
  await port.send('again');
  expect(sent).toEqual(['1: hello', '1: killed', '2: again']);
  expect(port.pid).toBe(2);
});

test('a run that was abandoned is told as down once, and nothing more is heard of it', () => {
  const port = new PortSocket<string, string>('synth');
  const heard: string[] = [];
  const stop = port.onMessage((message) => heard.push(message));
  port.onDown(({ kind }) => heard.push(kind));
  const [abandoned, next] = [link([], 1), link([], 2)];
  port.plug(abandoned);
  port.plug(next);
  port.deliver(abandoned, 'from the grave');
  port.unplug(abandoned, { kind: 'finished' });
  port.deliver(next, 'alive');
  stop();
  port.deliver(next, 'unheard');
  expect(heard).toEqual(['failed', 'alive']);
  expect(port.up).toBe(true);
});

test('times that cannot be waited for are refused', () => {
  const module = new URL('file:///none.js');
  expect(() => childProcess('a', { module, terminateMs: Number.NaN })).toThrow(
    /^terminateMs of a must be .+; got NaN$/,
  );
  expect(() => workerThread('a', { module, killMs: -1 })).toThrow(/^killMs of a must be .+; got -1$/);
});
