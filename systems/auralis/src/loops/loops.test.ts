import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fault, systemClock } from '@sustain/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultParameters } from '../composition/index.ts';
import { Bed } from '../streaming/index.ts';
import { createCpuEngine, type RenderJob } from '../synthesis/index.ts';
import { LoopFiles, Loops } from './index.ts';
import { renderLoop } from './render-loop.ts';

const NEVER = new AbortController().signal;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loops-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const engine = await createCpuEngine();
let rendered = 0;
async function render({ phrase, track }: RenderJob): Promise<void> {
  rendered++;
  let offset = 0;
  for (const { left, right } of engine.render(phrase)) {
    track.append(offset, left, right);
    offset += left.length;
  }
}

function loopsIn(path: string | undefined, isKept = () => true) {
  const bed = new Bed();
  const faults: Fault[] = [];
  const files = path === undefined ? undefined : new LoopFiles(path);
  const onFault = (fault: Fault) => faults.push(fault);
  return {
    bed,
    faults,
    loops: new Loops({ bed, render, files, onFault, isKept, onReady: () => undefined, clock: systemClock }),
  };
}

describe('a loop', () => {
  it('has no seam, lasts 14 s, and is never silent', async () => {
    const { left, right } = await renderLoop('D', 'dorian', render, NEVER);
    expect(left.length).toBe(right.length);
    expect(left.length / 44_100).toBeCloseTo(13.7, 1);
    for (const samples of [left, right]) {
      const steps = samples.map((value, i) => Math.abs(value - (samples.at(i - 1) as number)));
      expect(steps[0]).toBeLessThanOrEqual(steps.subarray(1).reduce((a, b) => Math.max(a, b)));
      for (let at = 0; at + 4410 <= samples.length; at += 4410)
        expect(Math.max(...samples.subarray(at, at + 4410))).toBeGreaterThan(0.01);
    }
  });

  it('is another one in another key, and the same one again in the same', async () => {
    const [one, again, other] = [
      await renderLoop('D', 'dorian', render, NEVER),
      await renderLoop('D', 'dorian', render, NEVER),
      await renderLoop('E', 'dorian', render, NEVER),
    ];
    expect(again.left).toEqual(one.left);
    expect(other.left).not.toEqual(one.left);
  });
});

describe('loops', () => {
  it('are rendered at the first start, kept on disk, and read at the next', async () => {
    const first = loopsIn(join(folder, 'made', 'when wanted'));
    await first.loops.prepare(defaultParameters, NEVER);
    expect(first.bed.isReady).toBe(true);
    expect(readdirSync(join(folder, 'made', 'when wanted'))).toEqual(['loop-1-D-dorian.wav']);
    rendered = 0;
    const next = loopsIn(join(folder, 'made', 'when wanted'));
    await next.loops.prepare(defaultParameters, NEVER);
    expect([next.bed.isReady, rendered]).toEqual([true, 0]);
    await next.loops.prepare({ ...defaultParameters, key: 'C#' }, NEVER);
    expect(rendered).toBe(4);
    expect(readdirSync(join(folder, 'made', 'when wanted'))).toContain('loop-1-C-sharp-dorian.wav');
    expect([first.faults, next.faults]).toEqual([[], []]);
  });

  it('are recalled from disk without rendering, and are not kept when they are only second best', async () => {
    const second = loopsIn(folder, () => false);
    await second.loops.recall(defaultParameters);
    await second.loops.prepare(defaultParameters, NEVER);
    expect([second.loops.has(defaultParameters), readdirSync(folder)]).toEqual([true, []]);
    await loopsIn(folder).loops.prepare(defaultParameters, NEVER);
    rendered = 0;
    const next = loopsIn(folder);
    await next.loops.recall(defaultParameters);
    expect([next.bed.isReady, next.loops.has(defaultParameters), rendered]).toEqual([true, true, 0]);
    expect(next.loops.has({ ...defaultParameters, key: 'F' })).toBe(false);
  });

  it.each([
    ['cut short', (file: Buffer) => file.subarray(0, 1000)],
    ['empty', () => Buffer.alloc(0)],
    ['silent', (file: Buffer) => Buffer.concat([file.subarray(0, 44), Buffer.alloc(file.length - 44)])],
    ['text', () => Buffer.from('la la la')],
  ])('that are %s on disk are told and rendered again', async (_how, damage) => {
    const path = join(folder, 'loop-1-D-dorian.wav');
    await loopsIn(folder).loops.prepare(defaultParameters, NEVER);
    const whole = readFileSync(path);
    writeFileSync(path, damage(whole));
    const { bed, faults, loops } = loopsIn(folder);
    await loops.prepare(defaultParameters, NEVER);
    expect(faults.map(({ code }) => code)).toEqual(['LOOP_FILE_UNUSABLE']);
    expect(faults[0]?.message).toContain(path);
    expect(bed.isReady).toBe(true);
    expect(readFileSync(path)).toEqual(whole);
  });

  it('that cannot be kept are there all the same, and nothing half-written stays', async () => {
    const path = join(folder, 'a file');
    writeFileSync(path, '');
    const { bed, faults, loops } = loopsIn(path);
    await loops.prepare(defaultParameters, NEVER);
    expect(bed.isReady).toBe(true);
    expect(faults.map(({ code }) => code)).toContain('LOOP_FILE_UNUSABLE');
    expect(readdirSync(folder)).toEqual(['a file']);
  });

  it('that cannot be rendered are told, and tried again, but not at once', async () => {
    const bed = new Bed();
    let tries = 0;
    const faults: string[] = [];
    const loops = new Loops({
      bed,
      render: async () => {
        tries++;
        throw new Error('no process');
      },
      onFault: ({ code }) => faults.push(code),
      onReady: () => undefined,
      isKept: () => true,
      clock: systemClock,
    });
    await loops.prepare(defaultParameters, NEVER);
    await loops.prepare(defaultParameters, NEVER);
    expect([tries, faults, bed.isReady]).toEqual([1, ['UNEXPECTED'], false]);
  });
});
