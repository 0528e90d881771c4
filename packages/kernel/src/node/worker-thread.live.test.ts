import { afterEach, expect, test } from 'vitest';
import { kernelFaults } from '../faults/index.ts';
import { Signals } from '../signals/index.ts';
import { childExited, childStarted, createSupervisor, type Supervisor } from '../supervision/index.ts';
import { nodeFaults } from './node-faults.ts';
import { type WorkerThreadOptions, workerThread } from './worker-thread.ts';

interface ToEcho {
  readonly do: string;
  readonly samples?: Float32Array;
}
interface FromEcho {
  readonly up?: unknown;
  readonly echo?: Float32Array;
  readonly hanging?: boolean;
}

const up: Supervisor[] = [];
afterEach(async () => {
  await Promise.all(up.splice(0).map((supervisor) => supervisor.stop()));
});

async function supervise(options: Partial<WorkerThreadOptions<ToEcho, FromEcho>> = {}) {
  const signals = new Signals();
  const echo = workerThread<ToEcho, FromEcho>('echo', {
    module: new URL('fixtures/echo-worker.ts', import.meta.url),
    ready: (message) => message.up !== undefined,
    workerData: 'hello',
    ...options,
  });
  const supervisor = createSupervisor({ id: 'test', children: [echo], signals });
  up.push(supervisor);
  await supervisor.start();
  const next = <Data>(type: { readonly type: string; readonly _data?: Data }) =>
    new Promise<Data>((resolve) => {
      const stop = signals.on<Data>(type, ({ data }) => {
        stop();
        resolve(data);
      });
    });
  const hear = () =>
    new Promise<FromEcho>((resolve) => {
      const stop = echo.port.onMessage((message) => {
        stop();
        resolve(message);
      });
    });
  return { supervisor, port: echo.port, next, hear };
}

test('messages travel both ways; what is transferred moves', async () => {
  const { port, hear } = await supervise();
  const samples = Float32Array.of(1, 2, 3);
  const answer = hear();
  await port.send({ do: 'echo', samples }, [samples.buffer]);
  expect(samples.length).toBe(0);
  expect(await answer).toEqual({ echo: Float32Array.of(1, 2, 3) });
});

test('a thread that throws ends as failed of what it threw, and is restarted', async () => {
  const { port, next } = await supervise();
  const exited = next(childExited);
  const restarted = next(childStarted);
  await port.send({ do: 'throw' });
  const { fault } = await exited;
  expect(fault?.cause).toBeInstanceOf(TypeError);
  expect(String(fault?.cause)).toBe('TypeError: as it was told');
  expect((await restarted).downMs).toBeLessThan(1000);
});

test('a thread that exits by itself ends as failed with its exit code', async () => {
  const { port, next } = await supervise();
  const exited = next(childExited);
  await port.send({ do: 'exit 3' });
  const { fault } = await exited;
  expect(nodeFaults.WORKER_EXITED.matches(fault)).toBe(true);
  expect(fault?.context).toEqual({ child: 'echo', exitCode: 3 });
});

test('a thread beyond its memory ends as OUT_OF_MEMORY; the process lives', async () => {
  const { port, next } = await supervise({ resourceLimits: { maxOldGenerationSizeMb: 16 } });
  const exited = next(childExited);
  await port.send({ do: 'eat memory' });
  expect(kernelFaults.OUT_OF_MEMORY.matches((await exited).fault)).toBe(true);
});

test('a thread that hangs in a loop is terminated by its owner and restarted', async () => {
  const { port, next, hear } = await supervise();
  const hanging = hear();
  await port.send({ do: 'hang' });
  expect(await hanging).toEqual({ hanging: true });
  const exited = next(childExited);
  const restarted = next(childStarted);
  port.kill();
  expect(await exited).toMatchObject({ reason: 'failed', action: 'restart' });
  await restarted;
});

test('stop terminates a thread, even one that hangs; that is no failure', async () => {
  const { supervisor, port, next, hear } = await supervise();
  const hanging = hear();
  await port.send({ do: 'hang' });
  await hanging;
  const exited = next(childExited);
  await supervisor.stop();
  expect(await exited).toMatchObject({ reason: 'finished', why: 'stopping' });
  expect(port.up).toBe(false);
  await expect(port.send({ do: 'echo' })).rejects.toMatchObject({ code: 'CHILD_NOT_RUNNING' });
});

test('stop asks first, where there is a message for it', async () => {
  const { supervisor, next } = await supervise({ stopMessage: { do: 'finish' }, shutdownMs: 60_000 });
  const exited = next(childExited);
  await supervisor.stop();
  expect(await exited).toMatchObject({ reason: 'finished' });
});

test('what cannot be cloned is refused with a fault', async () => {
  const { port } = await supervise();
  const bad = { do: 'echo', samples: (() => 0) as unknown as Float32Array };
  await expect(port.send(bad)).rejects.toMatchObject({ code: 'MESSAGE_NOT_SENT' });
});
