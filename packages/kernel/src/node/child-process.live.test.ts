import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { Signals } from '../signals/index.ts';
import {
  childExited,
  childStarted,
  createSupervisor,
  type HealthCheck,
  type RestartLimits,
  type Supervisor,
  type SupervisorOptions,
  supervisionFaults,
} from '../supervision/index.ts';
import { systemClock } from '../time/index.ts';
import { childProcess } from './child-process.ts';
import { nodeFaults } from './node-faults.ts';

interface ToEcho {
  readonly do: string;
  readonly samples?: Float32Array;
}
interface FromEcho {
  readonly up?: number;
  readonly echo?: Float32Array;
  readonly ignoring?: string;
  readonly ignored?: string;
  readonly hanging?: boolean;
}

const fixture = (name: string) => new URL(`fixtures/${name}`, import.meta.url);
const up: Supervisor[] = [];
afterEach(async () => {
  await Promise.all(up.splice(0).map((supervisor) => supervisor.stop()));
});

async function supervise(
  options: Partial<SupervisorOptions> = {},
  more: { stopMessage?: ToEcho; health?: HealthCheck } = {},
) {
  const signals = new Signals();
  const echo = childProcess<ToEcho, FromEcho>('echo', {
    module: fixture('echo-process.ts'),
    ready: (message) => message.up !== undefined,
    terminateMs: 300,
    ...more,
  });
  const supervisor = createSupervisor({ id: 'test', children: [echo], signals, ...options });
  up.push(supervisor);
  await supervisor.start();
  const next = <Data>(type: { readonly type: string; readonly _data?: Data }) =>
    new Promise<Data>((resolve) => {
      const stop = signals.on<Data>(type, ({ data }) => {
        stop();
        resolve(data);
      });
    });
  const hear = (pick: (message: FromEcho) => unknown) =>
    new Promise<FromEcho>((resolve) => {
      const stop = echo.port.onMessage((message) => {
        if (pick(message) === undefined) return;
        stop();
        resolve(message);
      });
    });
  return { supervisor, port: echo.port, next, hear };
}

const pidOf = (port: { readonly pid: number | undefined }) => {
  if (port.pid === undefined) throw new Error('the process should be up');
  return port.pid;
};

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('typed arrays travel both ways', async () => {
  const { port, hear } = await supervise();
  const samples = Float32Array.from({ length: 352_800 }, (_, i) => Math.sin(i));
  const answer = hear(({ echo }) => echo);
  await port.send({ do: 'echo', samples });
  const { echo } = await answer;
  expect(echo).toBeInstanceOf(Float32Array);
  expect(echo).toEqual(samples);
});

test('a process killed with SIGKILL is up again within a second, as another process with the same port', async () => {
  const limits: Partial<RestartLimits> = { maxRestarts: 10, backoffMs: 10, maxBackoffMs: 50 };
  const { supervisor, port, next, hear } = await supervise({ limits });
  const downMs: number[] = [];
  for (let kill = 0; kill < 5; kill++) {
    const before = pidOf(port);
    const exited = next(childExited);
    const restarted = next(childStarted);
    process.kill(before, 'SIGKILL');
    expect((await exited).fault).toMatchObject({
      context: { pid: before, signal: 'SIGKILL', exitCode: null },
    });
    downMs.push((await restarted).downMs ?? Number.NaN);
    expect(pidOf(port)).not.toBe(before);
    expect(isAlive(before)).toBe(false);
  }
  console.log(`down for ${downMs.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  expect(Math.max(...downMs)).toBeLessThan(1000);
  const answer = hear(({ echo }) => echo);
  await port.send({ do: 'echo', samples: Float32Array.of(1) });
  await answer;
  expect(supervisor.status().children[0]?.restarts).toBe(5);
});

test.each([
  ['exit 3', { exitCode: 3, signal: null }],
  ['throw', { exitCode: 1, signal: null }],
])('a process told to %s ends as failed, with its exit code', async (order, context) => {
  const { port, next } = await supervise();
  const exited = next(childExited);
  const restarted = next(childStarted);
  await port.send({ do: order });
  const { fault } = await exited;
  expect(nodeFaults.PROCESS_EXITED.matches(fault)).toBe(true);
  expect(fault?.context).toMatchObject(context);
  await restarted;
});

test('a process that hangs in a loop is killed by its owner and restarted', async () => {
  const { port, next, hear } = await supervise();
  const hanging = hear((message) => message.hanging);
  await port.send({ do: 'hang' });
  await hanging;
  const restarted = next(childStarted);
  port.kill();
  await restarted;
  expect(port.up).toBe(true);
});

test('a process that hangs in a loop is found by its health check and killed: nobody has to notice (pipecat#5305)', async () => {
  const { supervisor, port, next } = await supervise(
    {},
    {
      health: {
        everyMs: 50,
        timeoutMs: 200,
        failures: 2,
        check: async (signal: AbortSignal) => {
          const answer = new Promise<void>((resolve) => {
            const stop = port.onMessage(({ echo }) => {
              if (echo === undefined) return;
              stop();
              resolve();
            });
            signal.addEventListener('abort', stop);
          });
          await port.send({ do: 'echo', samples: Float32Array.of(1) });
          await answer;
        },
      },
    },
  );
  await until(() => supervisor.status().children[0]?.health?.state === 'healthy');
  const before = pidOf(port);
  const exited = next(childExited);
  const restarted = next(childStarted);
  await port.send({ do: 'hang' });
  expect(await exited).toMatchObject({ reason: 'unhealthy', action: 'restart' });
  expect(await restarted).toMatchObject({ reason: 'unhealthy', restarts: 1 });
  expect(pidOf(port)).not.toBe(before);
  expect(supervisor.status().children[0]?.state).toBe('running');
});

test('while it is down, send says so; the owner hears of down and up', async () => {
  const { supervisor, port } = await supervise();
  const log: string[] = [];
  port.onDown((reason) => log.push(reason.kind));
  port.onUp(() => log.push('up'));
  const down = new Promise<unknown>((resolve) => {
    port.onDown(() => resolve(port.send({ do: 'echo' }).catch((error: unknown) => error)));
  });
  process.kill(pidOf(port), 'SIGKILL');
  const error = await down;
  expect(nodeFaults.CHILD_NOT_RUNNING.matches(error)).toBe(true);
  await supervisor.stop();
  expect(log[0]).toBe('failed');
  expect(port.pid).toBe(undefined);
});

test('a message to a process that has died unheard is one to none: it may be sent again', async () => {
  const { port } = await supervise();
  const pid = pidOf(port);
  process.kill(pid, 'SIGKILL');
  const stateOf = () => spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' }).stdout;
  while (!/^(Z|\s*$)/.test(stateOf())); // this process does not come to hear of it
  await expect(port.send({ do: 'echo' })).rejects.toMatchObject({
    code: 'CHILD_NOT_RUNNING',
    retryable: true,
  });
});

test('what cannot be cloned is refused with a fault, and the process lives', async () => {
  const { port } = await supervise();
  const bad = { do: 'echo', samples: (() => 0) as unknown as Float32Array };
  await expect(port.send(bad)).rejects.toMatchObject({ code: 'MESSAGE_NOT_SENT' });
  expect(port.up).toBe(true);
});

test('stop ends a process by SIGTERM; that is no failure', async () => {
  const { supervisor, port, next } = await supervise();
  const pid = pidOf(port);
  const exited = next(childExited);
  await supervisor.stop();
  expect(await exited).toMatchObject({ reason: 'finished', why: 'stopping' });
  expect(isAlive(pid)).toBe(false);
});

test('stop asks first, where there is a message for it', async () => {
  const { supervisor, next, port } = await supervise({}, { stopMessage: { do: 'finish' } });
  await port.send({ do: 'ignore SIGTERM' });
  const exited = next(childExited);
  await supervisor.stop();
  expect(await exited).toMatchObject({ reason: 'finished' });
});

test('a process that ignores SIGTERM is killed with SIGKILL after its grace time', async () => {
  const { supervisor, port, next, hear } = await supervise();
  const pid = pidOf(port);
  const ignoring = hear((message) => message.ignoring);
  await port.send({ do: 'ignore SIGTERM' });
  await ignoring;
  const exited = next(childExited);
  await supervisor.stop();
  expect((await exited).fault?.context).toMatchObject({ pid, signal: 'SIGKILL' });
  expect(isAlive(pid)).toBe(false);
});

test('a module that crashes at its start ends as a failed start that says how', async () => {
  const crashing = childProcess<never, FromEcho>('crashing', {
    module: fixture('crash-at-start.ts'),
    ready: () => true,
  });
  const supervisor = createSupervisor({ id: 'test', children: [crashing] });
  await expect(supervisor.start()).rejects.toThrow(/^test\/crashing did not start: .* exited with code 7$/);
});

test('a crash loop escalates: the supervisor gives up with the last exit as its cause', async () => {
  const crashing = childProcess('crashing', { module: fixture('crash-at-start.ts') });
  const limits = { maxRestarts: 2, backoffMs: 10 };
  const supervisor = createSupervisor({ id: 'test', children: [crashing], limits });
  await supervisor.start();
  const reason = await supervisor.exited;
  if (reason.kind !== 'failed') throw new Error('it should have failed');
  expect(supervisionFaults.SUPERVISOR_GAVE_UP.matches(reason.fault)).toBe(true);
  expect(reason.fault.cause).toMatchObject({ code: 'PROCESS_EXITED', context: { exitCode: 7 } });
});

test('a program that does not exist is a failed start', async () => {
  const supervisor = createSupervisor({
    id: 'test',
    children: [childProcess('none', { command: '/no/such' })],
  });
  await expect(supervisor.start()).rejects.toThrow(/did not start: .*ENOENT/);
});

test('a command goes with all that it has spawned', async () => {
  const shell = childProcess('shell', {
    command: '/bin/sh',
    args: ['-c', 'sleep 1000 & sleep 1000 & wait'],
  });
  const supervisor = createSupervisor({ id: 'test', children: [shell] });
  await supervisor.start();
  const group = -pidOf(shell.port);
  expect(isAlive(group)).toBe(true);
  await supervisor.stop();
  await until(() => !isAlive(group)); // The orphans are init's to bury.
});

describe('a program with a process below it', () => {
  const run = (env: Record<string, string> = {}) => {
    const program = spawn(process.execPath, [fileURLToPath(fixture('supervising-process.ts'))], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    program.stdout.setEncoding('utf8');
    return { program, said: lines(program) };
  };

  test('that is killed with SIGKILL leaves no orphan', async () => {
    const { program, said } = run();
    const pid = Number((await said('up')).slice(3));
    program.kill('SIGKILL');
    await once(program, 'close'); // The process below holds stdout too: it closes when both are gone.
    await until(() => !isAlive(pid));
  });

  test('oscavmgr#25: not even a process that loops for ever stays as an orphan when its parent is killed', async () => {
    const { program, said } = run({ HANGING: 'yes' });
    const pid = Number((await said('up')).slice(3));
    const killedAtMs = systemClock.monotonicMs();
    program.kill('SIGKILL');
    await until(() => !isAlive(pid));
    const orphanMs = systemClock.monotonicMs() - killedAtMs;
    console.log(`an endless loop was ended ${orphanMs.toFixed(0)} ms after its parent`);
    expect(orphanMs).toBeLessThan(3000);
  });

  test('stops it in order on SIGTERM and exits with 0', async () => {
    const { program, said } = run();
    await said('up');
    program.kill('SIGTERM');
    await said('asked by SIGTERM');
    await said('stopped');
    expect(await once(program, 'close')).toEqual([0, null]);
  });

  test('takes two SIGINTs at once for one: npm passes on what the terminal has sent', async () => {
    const { program, said } = run();
    await said('up');
    program.kill('SIGINT');
    program.kill('SIGINT');
    await said('stopped');
    expect(await once(program, 'close')).toEqual([0, null]);
  });

  test('exits with 130 at the second Ctrl-C, and takes a stubborn process along', async () => {
    const { program, said } = run({ STUBBORN: 'yes', REPEAT_MS: '0' });
    const pid = Number((await said('up')).slice(3));
    program.kill('SIGINT');
    await said('asked by SIGINT');
    program.kill('SIGINT');
    expect(await once(program, 'close')).toEqual([130, null]);
    await until(() => !isAlive(pid));
  });
});

/** Answers a way to wait for the next line that starts with a text. */
function lines(program: ChildProcess): (start: string) => Promise<string> {
  const seen: string[] = [];
  let check: () => void = () => undefined;
  program.stdout?.on('data', (text: string) => {
    seen.push(...text.split('\n'));
    check();
  });
  return (start) =>
    new Promise((resolve) => {
      check = () => {
        const line = seen.find((candidate) => candidate.startsWith(start));
        if (line !== undefined) resolve(line);
      };
      check();
    });
}

/** Asks again and again: the system removes an orphan in its own time, and tells nobody but init. */
async function until(condition: () => boolean): Promise<void> {
  const endMs = systemClock.monotonicMs() + 20_000;
  while (!condition()) {
    if (systemClock.monotonicMs() > endMs) throw new Error(`it should have come true: ${condition}`);
    await systemClock.sleep(5);
  }
}
