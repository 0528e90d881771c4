import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createSupervisor, Signals, seededRandom } from '@sustain/kernel';
import { childProcess } from '@sustain/kernel/node';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Injection } from '../injection/index.ts';
import { statOf } from '../process-tree/index.ts';
import { type MisbehavingOptions, type Misbehaviour, misbehaving } from './index.ts';
import { ORDERS_VARIABLE } from './misbehaviour.ts';

const talker = fileURLToPath(new URL('./fixtures/talker.ts', import.meta.url));
const open: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
  expect(process.env[ORDERS_VARIABLE]).toBeUndefined();
});

function broken(misbehaviour: Misbehaviour, options?: MisbehavingOptions): Injection {
  const injection = misbehaving(misbehaviour, { module: /talker/, random: seededRandom(1), ...options });
  open.push(() => injection.end());
  return injection;
}

interface Life {
  readonly child: ChildProcess;
  readonly messages: unknown[];
  /** All of its stdout, once it has ended. */
  readonly out: Promise<string>;
  readonly err: Promise<string>;
  readonly exited: Promise<readonly unknown[]>;
}

function talk(): Life {
  const child = fork(talker, { silent: true, serialization: 'advanced' });
  open.push(() => child.kill('SIGKILL'));
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  const out = text(child.stdout as NonNullable<typeof child.stdout>);
  const err = text(child.stderr as NonNullable<typeof child.stderr>);
  return { child, messages, out, err, exited: once(child, 'exit') };
}

/** Until it has said what it will, and has ended by SIGTERM. */
async function wholeTalk(life: Life, lastNumber = 5): Promise<string> {
  await vi.waitFor(() => expect(life.messages).toContainEqual({ number: lastNumber }), { timeout: 10_000 });
  life.child.kill('SIGTERM');
  return life.out;
}

/** Hundredths of a second. */
function processorTicks({ pid }: ChildProcess): number {
  return Number(statOf(pid as number)?.[11]);
}

describe('a Node process that misbehaves', () => {
  test.each([
    [{ does: 'exit', code: 7 }, [7, null]],
    [{ does: 'die', signal: 'SIGSEGV' }, [null, 'SIGSEGV']],
    [{ does: 'die', signal: 'SIGABRT' }, [null, 'SIGABRT']],
    [{ does: 'throw', message: 'planted' }, [1, null]],
  ] as const)('does as told, before its main module runs: %o', async (misbehaviour, how) => {
    broken(misbehaviour);
    const life = talk();
    expect(await life.exited).toEqual(how);
    expect(await life.out).toBe('');
  });

  test('exits after it has said so much, and what it said before is heard', async () => {
    broken({ does: 'exit', code: 3 }, { afterOutputs: 1 });
    const life = talk();
    expect(await life.exited).toEqual([3, null]);
    expect(await life.out).toContain('line 1 of five\n');
  });

  test('runs out of memory, in a heap so small that the machine does not notice', async () => {
    broken({ does: 'use-up-memory', heapMb: 32 });
    const life = talk();
    expect(await life.exited).toEqual([null, 'SIGABRT']);
    expect(await life.err).toContain('heap out of memory');
  });

  test('hangs: it lives, says no more, and hears no SIGTERM', async () => {
    broken({ does: 'hang' }, { afterOutputs: 10 });
    const life = talk();
    await vi.waitFor(() => expect(life.messages).toHaveLength(5), { timeout: 10_000 });
    life.child.kill('SIGTERM');
    const usedBefore = processorTicks(life.child);
    await vi.waitFor(() => expect(processorTicks(life.child)).toBeGreaterThan(usedBefore + 30), {
      timeout: 10_000,
    });
    life.child.kill('SIGKILL');
    expect(await life.exited).toEqual([null, 'SIGKILL']);
    expect(await life.out).not.toContain('bye');
  });

  test('babbles between its lines and messages, the same with the same seed', async () => {
    const babbles = [];
    for (let round = 0; round < 2; round++) {
      const injection = broken({ does: 'babble' }, { afterOutputs: 2 });
      const life = talk();
      const out = await wholeTalk(life);
      await injection.end();
      expect(out.split('\n')[0]).toBe('line 1 of five');
      expect(out).toMatch(/^line 5 of five$/m);
      expect(out).toContain('\ufffd'); // no UTF-8
      expect(life.messages.filter((message) => typeof message !== 'object')).not.toEqual([]);
      babbles.push({ out, messages: life.messages });
    }
    expect(babbles[0]).toEqual(babbles[1]);
  });

  test('cuts one line short, and goes on', async () => {
    broken({ does: 'cut-line' }, { afterOutputs: 2 });
    const out = await wholeTalk(talk());
    expect(out).toBe(
      'line 1 of five\nline 2 line 3 of five\nline 4 of five\nline 5 of five\nbye\n'.replace(
        'line 2 line',
        `${'line 2 of five\n'.slice(0, 7)}line`,
      ),
    );
  });

  test('cuts a line also when it sends a message first', async () => {
    broken({ does: 'cut-line' }, { afterOutputs: 3 });
    expect(await wholeTalk(talk())).toContain(`${'line 3 of five\n'.slice(0, 7)}line 4`);
  });

  test('falls silent, and works on', async () => {
    broken({ does: 'fall-silent' }, { afterOutputs: 4 });
    const life = talk();
    await vi.waitFor(() => expect(life.messages).toEqual([{ number: 1 }, { number: 2 }]), {
      timeout: 10_000,
    });
    life.child.kill('SIGTERM');
    expect(await life.exited).toEqual([0, null]);
    expect(await life.out).toBe('line 1 of five\nline 2 of five\n');
  });

  test('ignores SIGTERM, also the handler that it has for it', async () => {
    broken({ does: 'ignore', signal: 'SIGTERM' });
    const life = talk();
    await vi.waitFor(() => expect(life.messages).toHaveLength(5), { timeout: 10_000 });
    life.child.kill('SIGTERM');
    life.child.kill('SIGUSR2'); // that one ends it, and comes after
    expect(await life.exited).toEqual([null, 'SIGUSR2']);
    expect(await life.out).not.toContain('bye');
  });

  test('ignores no signal before it is time', async () => {
    broken({ does: 'ignore', signal: 'SIGUSR2' }, { afterOutputs: 100 });
    const life = talk();
    await vi.waitFor(() => expect(life.messages).toHaveLength(5), { timeout: 10_000 });
    life.child.kill('SIGUSR2');
    expect(await life.exited).toEqual([null, 'SIGUSR2']);
  });

  test('is one of those that are meant, as often as is meant, and leaves nothing behind', async () => {
    const injection = broken({ does: 'exit', code: 9 }, { times: 1 });
    const other = broken({ does: 'exit', code: 8 }, { module: /not this one/ });
    const folder = JSON.parse(process.env[ORDERS_VARIABLE] ?? '')[0].folder as string;
    const before = process.env['NODE_OPTIONS'];
    expect(await talk().exited).toEqual([9, null]);
    expect(await wholeTalk(talk())).toContain('bye');
    await injection.end();
    expect(process.env['NODE_OPTIONS']).toBe(before); // the other one goes on
    await other.end();
    expect(process.env['NODE_OPTIONS']).not.toBe(before);
    expect(existsSync(folder)).toBe(false);
  });

  test('is known by its path as any regular expression does', async () => {
    broken({ does: 'exit', code: 9 }, { module: /TALKER/i });
    expect(await talk().exited).toEqual([9, null]);
  });

  test('misbehaves no more when it is started after the end, by one that was started before', async () => {
    const injection = broken({ does: 'exit', code: 9 });
    const code = `process.stdin.once('data', () => {
      require('node:child_process').fork(${JSON.stringify(talker)}).once('message', () => process.exit(42));
    });
    console.log('ready');`;
    const parent = spawn(process.execPath, ['-e', code], { stdio: ['pipe', 'pipe', 'inherit'] });
    open.push(() => parent.kill('SIGKILL'));
    await once(parent.stdout, 'data');
    await injection.end();
    parent.stdin.end('go on\n');
    expect(await once(parent, 'exit')).toEqual([42, null]);
  });

  test('is started again by the supervisor that knows nothing of it', async () => {
    broken({ does: 'exit', code: 5 }, { times: 2, afterOutputs: 2 });
    const messages: unknown[] = [];
    const child = childProcess('talker', { module: talker });
    child.port.onMessage((message) => messages.push(message));
    const supervisor = createSupervisor({ id: 'test', children: [child], signals: new Signals() });
    open.push(() => supervisor.stop());
    await supervisor.start();
    await vi.waitFor(() => expect(messages.at(-1)).toEqual({ number: 5 }), { timeout: 15_000 });
    expect(messages.filter((message) => (message as { number: number }).number === 1)).toHaveLength(3);
  });

  test.each([
    [{ does: 'exit', code: 300 }, {}, 'an exit code is 0 to 255; got 300'],
    [{ does: 'use-up-memory', heapMb: 4000 }, {}, 'heapMb must be 16 to 1024; got 4000'],
    [{ does: 'babble' }, { times: 0 }, 'times must be a whole number, 1 or more; got 0'],
    [{ does: 'babble' }, { afterOutputs: -1 }, 'afterOutputs must be a whole number, 0 or more; got -1'],
  ] as const)('is refused when it makes no sense: %o %o', (misbehaviour, options, why) => {
    expect(() => misbehaving(misbehaviour, options)).toThrow(why);
  });
});
