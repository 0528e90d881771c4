import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linesOf, messagesOf, newFolder, writingProcess } from './log-reading.fixture.ts';

let folder: string;
let remove: () => void;
beforeEach(() => {
  ({ folder, remove } = newFolder());
});
afterEach(() => remove());

const all = [...Array.from({ length: 2000 }, (_, line) => `line ${line}`), 'last words'];

/** Of the lines that the task writes, and what the crash itself adds. */
async function survivors(task: object, kill?: NodeJS.Signals) {
  const run = writingProcess({ path: join(folder, 'bot.log'), lines: 2000, label: 'bot', ...task });
  if (kill !== undefined) {
    await run.written();
    run.child.kill(kill);
  }
  const end = await run.exited;
  return {
    end,
    errors: messagesOf(join(folder, 'errors.log')),
    general: messagesOf(join(folder, 'bot.log')),
  };
}

describe('of 2001 lines', () => {
  it.each(['exit', 'throw', 'reject', 'abort', 'return'])(
    'every error line is on the disk after %s',
    async (end) => {
      const { errors } = await survivors({ level: 'error', end });
      expect(errors.slice(0, 2001)).toEqual(all);
      const crash = errors.slice(2001);
      if (end === 'throw') expect(crash).toEqual(['nobody caught UNEXPECTED: Error: the end']);
      else if (end === 'reject')
        expect(crash).toEqual(['nobody handles the rejection of UNEXPECTED: Error: the end']);
      else expect(crash).toEqual([]);
    },
  );

  it('every error line is on the disk after SIGKILL', async () => {
    const { end, errors } = await survivors({ level: 'error', end: 'wait' }, 'SIGKILL');
    expect(end).toEqual([null, 'SIGKILL']);
    expect(errors).toEqual(all);
  });

  it.each(['exit', 'throw', 'reject', 'return'])(
    'every general line is on the disk after %s (pino#1705, #2054: last lines lost at exit)',
    async (end) => {
      const { general } = await survivors({ level: 'info', end });
      expect(general.slice(0, 2001)).toEqual(all);
    },
  );

  it.each(['exit', 'throw'])('what was left out as too many alike is told after %s', async (end) => {
    const { errors, general } = await survivors({ level: 'info', lines: 10, alike: 30, end });
    expect(errors).toContain('… and 20 more like this: refused LOG_DISK_FULL');
    expect(general).toContain('… and 20 more like this: refused LOG_DISK_FULL');
  });

  it('a process that dies within a line leaves a log that the next one goes on with', async () => {
    const task = { path: join(folder, 'bot.log'), label: 'bot', level: 'info' };
    appendFileSync(task.path, '{"level":"INFO","mess');
    await writingProcess({ ...task, lines: 1, end: 'exit' }).exited;
    expect(linesOf(task.path)).toHaveLength(3);
    expect(JSON.parse(linesOf(task.path)[1] as string)).toMatchObject({ message: 'line 0' });
  });
});
