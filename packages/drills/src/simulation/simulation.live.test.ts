import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { counterProgram } from './counter-program.fixture.ts';
import { exploreSteps, type Program, replayOf, simulate } from './index.ts';
import { sessionStart } from './session-start.fixture.ts';

const repository = resolve(import.meta.dirname, '../../../..');
const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));

test('a hundred thousand events and more in a second of its processor, of calls of ports, timers and promises', async () => {
  const program: Program = async (world) => {
    const server = world.port('server', { add: async (a: number, b: number) => a + b }, { reject: 0.05 });
    let sum = 0;
    world.invariant('the sum is one', () => Number.isSafeInteger(sum));
    const client = async (number: number) => {
      for (let round = 0; round < 1000; round++) {
        sum += await server.add(number, round).catch(() => 0);
        await world.clock.sleep(1 + (round % 7));
      }
    };
    await Promise.all(Array.from({ length: 50 }, (_, number) => client(number)));
  };
  const rates: number[] = [];
  for (let seed = 0; seed < 3; seed++) {
    const start = process.threadCpuUsage(); // A machine that is busy with something else is no slower.
    const { state, events } = await simulate(seed, program);
    const { user, system } = process.threadCpuUsage(start);
    expect(state).toBe('held');
    expect(events).toBeGreaterThan(150_000);
    rates.push((events / (user + system)) * 1e6);
  }
  console.log(`${rates.map((rate) => Math.round(rate).toLocaleString('en')).join(', ')} events/s`);
  expect(Math.max(...rates)).toBeGreaterThan(100_000);
});

test('the same seed is the same run in another process, byte for byte: 100 seeds', async () => {
  const traces = [];
  for (let seed = 0; seed < 100; seed++) {
    traces.push(...(await simulate(seed, counterProgram({ requests: 20 }))).trace);
  }
  const [one, other] = await Promise.all([node(fixture('hundred-traces')), node(fixture('hundred-traces'))]);
  expect(one).toEqual({ code: 0, output: `${traces.join('\n')}\n`, errors: '' });
  expect(other).toEqual(one);
});

test.each([
  ['answers-too-early', [], counterProgram({ bug: 'answers before it has synced' })],
  ['leaves-the-microphone', ['--explore'], sessionStart('leaves the microphone')],
])('the line that %s prints replays in a shell, byte for byte', async (name, args, program) => {
  const search = await node(fixture(name), ...args);
  expect(search).toMatchObject({ code: 1, errors: '' });
  const [, ending, command = ''] = search.output.trim().split('\n');
  console.log(command);
  const replayed = await run('/bin/sh', '-c', command.replace(/^node/, `'${process.execPath}'`));
  const line = /--replay '?([^']*)/.exec(command)?.[1] ?? '';
  const { trace } = await replayOf(program, line);
  expect(replayed).toEqual({ code: 1, output: `${trace.join('\n')}\n${ending}\n`, errors: '' });
});

test('a rejection that nobody handles fails the run, and not the process', async () => {
  expect(await node(fixture('handles-nothing'), '--seeds', '3')).toMatchObject({ code: 0, errors: '' });
  const replayed = await node(fixture('handles-nothing'), '--replay', '0x0 port.work#2=reject');
  expect(replayed).toMatchObject({ code: 1, errors: '' });
  expect(replayed.output).toContain('failed: port.work#2: failed\n');
});

test('a line whose faults are never reached says so', async () => {
  const { code, output } = await node(
    fixture('handles-nothing'),
    '--replay',
    '0x0 port.work#2=late,port.work#3=reject',
  );
  expect([code, output]).toEqual([0, expect.stringContaining('never reached: port.work#3=reject\nheld\n')]);
});

test('every single failure and every pair of the start of a session is explored in less than 10 s', async () => {
  const startMs = systemClock.monotonicMs();
  const { state, explored } = await exploreSteps(sessionStart());
  const tookMs = systemClock.monotonicMs() - startMs;
  console.log(`${explored.length} plans in ${tookMs.toFixed(0)} ms`);
  expect(state).toBe('held');
  expect(tookMs).toBeLessThan(10_000);
});

function node(file: string, ...args: string[]) {
  return run(process.execPath, file, ...args);
}

function run(command: string, ...args: string[]) {
  return new Promise<{ code: unknown; output: string; errors: string }>((done) => {
    execFile(command, args, { cwd: repository, maxBuffer: 2 ** 26 }, (error, output, errors) =>
      done({ code: error ? error.code : 0, output, errors }),
    );
  });
}
