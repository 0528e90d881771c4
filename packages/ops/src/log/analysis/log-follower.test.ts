import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entryTest } from './log-filter.ts';
import { linesOf, logEntry, logFolder } from './log-folder.fixture.ts';
import { LogFollower } from './log-follower.ts';
import { LogTroubles } from './log-troubles.ts';
import { Twins } from './twins.ts';

/** A program that writes a log, and what programs and people do to its files; each step is real. */
class Writer {
  readonly written: string[] = [];
  readonly #active: string;
  readonly #folder: string;
  #rotations = 0;
  #unfinished = '';

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#active = join(folder, name);
  }

  write(count: number, paddingBytes: number): void {
    for (let i = 0; i < count; i++) {
      const message = `${this.#active}#${this.written.length}${'.'.repeat(paddingBytes)}`;
      appendFileSync(this.#active, this.#unfinished + linesOf(logEntry(this.written.length, { message })));
      this.#unfinished = '';
      this.written.push(message);
    }
  }

  /** Writes the first half of a line; the next write, or the end, brings the other. */
  writeHalf(): void {
    if (this.#unfinished !== '') return;
    const message = `${this.#active}#${this.written.length} in two halves`;
    const line = linesOf(logEntry(this.written.length, { message }));
    appendFileSync(this.#active, line.slice(0, 40));
    this.#unfinished = line.slice(40);
    this.written.push(message);
  }

  finishLine(): void {
    if (this.#unfinished !== '') appendFileSync(this.#active, this.#unfinished);
    this.#unfinished = '';
  }

  rotate(how: 'rename' | 'rename and gzip' | 'copy and cut' | 'copy, gzip and cut'): void {
    this.finishLine();
    if (!existsSync(this.#active)) return;
    const rotated = `${this.#active.replace('.log', '')}.${++this.#rotations}.log`;
    if (how.startsWith('rename')) renameSync(this.#active, rotated);
    else copyFileSync(this.#active, rotated);
    if (how.includes('gzip')) {
      writeFileSync(join(this.#folder, '.being-zipped.tmp'), gzipSync(readFileSync(rotated)));
      renameSync(join(this.#folder, '.being-zipped.tmp'), `${rotated}.gz`);
      rmSync(rotated);
    }
    if (how.endsWith('cut')) truncateSync(this.#active);
  }

  /** Rotated files are removed, oldest first, once somebody has seen them. */
  removeRotated(): void {
    for (let number = 1; number <= this.#rotations; number++) {
      for (const ending of ['log', 'log.gz']) {
        rmSync(`${this.#active.replace('.log', '')}.${number}.${ending}`, { force: true });
      }
    }
  }
}

const write = fc.record({
  do: fc.constant('write' as const),
  count: fc.integer({ min: 1, max: 5 }),
  paddingBytes: fc.constantFrom(0, 0, 5000),
});
const rotate = fc.record({
  do: fc.constant('rotate' as const),
  how: fc.constantFrom(
    'rename' as const,
    'rename and gzip' as const,
    'copy and cut' as const,
    'copy, gzip and cut' as const,
  ),
});
const step = fc.oneof(
  { weight: 4, arbitrary: write },
  { weight: 3, arbitrary: rotate },
  fc.record({ do: fc.constant('write half' as const) }),
);
const look = fc.constant({ do: 'look' as const });
const looks = fc.constant({ do: 'look and remove' as const });
const plan = fc.array(
  fc.record({
    who: fc.integer({ min: 0, max: 1 }),
    step: fc.oneof({ weight: 4, arbitrary: step }, { weight: 3, arbitrary: look }, looks),
  }),
  { minLength: 1, maxLength: 25 },
);

test('following loses no line and doubles none, whatever rotates, gzips, copies, cuts off and removes between two looks', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (steps) => {
      const folder = logFolder();
      const writers = [new Writer(folder, 'bot.log'), new Writer(folder, 'other.log')] as const;
      for (const writer of writers) writer.write(1, 0);
      const troubles = new LogTroubles();
      const follower = new LogFollower(folder, entryTest({}), troubles, new Twins());
      const seen: string[] = [];
      const lookNow = async () => {
        for await (const entries of follower.look()) seen.push(...entries.map(({ message }) => message));
      };
      await follower.begin();
      const before = writers.flatMap(({ written }) => written);
      for (const { who, step } of steps) {
        const writer = writers[who] as Writer;
        if (step.do === 'write') writer.write(step.count, step.paddingBytes);
        else if (step.do === 'write half') writer.writeHalf();
        else if (step.do === 'rotate') writer.rotate(step.how);
        else await lookNow();
        if (step.do === 'look and remove') writer.removeRotated();
      }
      for (const writer of writers) writer.finishLine();
      await lookNow();
      await lookNow();
      await follower.close();
      rmSync(folder, { recursive: true });
      const expected = writers
        .flatMap(({ written }) => written)
        .filter((message) => !before.includes(message));
      expect(seen.toSorted()).toEqual(expected.toSorted());
      expect(troubles.list()).toEqual([]);
    }),
    { numRuns: 150, seed: 5 },
  );
});
