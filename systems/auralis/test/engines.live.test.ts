import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rms, toDbfs } from '@sustain/audio';
import type { Scene } from '@sustain/drills';
import { afterEach, describe, expect, test } from 'vitest';
import { WELL } from '../src/drills/engine-order.ts';
import { HastyClock } from '../src/drills/hasty-clock.ts';
import { type RunningAuralis, runAuralis } from '../src/drills/running-auralis.ts';
import { SteeredEngine } from '../src/drills/steered-engine.ts';
import { phraseRendered, synthesisReady } from '../src/signals.ts';
import { softwareGpuEnvironment } from '../src/synthesis/index.ts';
import { type HeardFrame, RecordingListener } from './recording-listener.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

async function listened(options: Parameters<typeof runAuralis>[1]) {
  const auralis = await runAuralis('engines', options);
  undo.push(() => auralis.stop());
  const listener = await RecordingListener.connect(auralis.url);
  undo.push(() => listener.stop());
  return { auralis, listener };
}

/** What the processes that are started from now on find in their environment. */
function inherit(variables: Readonly<Record<string, string>>): void {
  undo.push(() => {
    for (const name of Object.keys(variables)) delete process.env[name];
  });
  Object.assign(process.env, variables);
}

/** Resolves when a process has come up that has this engine. */
async function engineIsUp(auralis: RunningAuralis, engine: string): Promise<void> {
  while ((await auralis.next(synthesisReady)).data.engine !== engine);
}

/** How loud each half second was that was heard whole, in dBFS. */
function halfSeconds(frames: readonly HeardFrame[]): number[] {
  return Array.from({ length: Math.floor(frames.length / 12) }, (_, at) =>
    toDbfs(rms(frames.slice(at * 12, (at + 1) * 12).flatMap(({ left, right }) => [left, right]))),
  );
}

const scene = {
  folder() {
    const folder = mkdtempSync(join(tmpdir(), 'engines-'));
    undo.push(() => rmSync(folder, { recursive: true }));
    return folder;
  },
  defer: (work: () => unknown) => undo.push(work),
} as unknown as Scene;

describe('Auralis without its engine', () => {
  test('an engine that renders nothing is left for the simple one, and comes back; never is it silent', async () => {
    const clock = new HastyClock();
    const engine = new SteeredEngine(scene);
    const { auralis, listener } = await listened({ clock });
    await auralis.loopIsReady;
    await listener.until(({ frames }) => frames.length > 150);
    engine.tell({ does: 'trap', fromBlock: 1, spares: 'none' });
    const simpleIsUp = engineIsUp(auralis, 'simple');
    clock.runAt(5);
    await simpleIsUp;
    const from = listener.frames.length;
    await listener.until(({ frames }) => frames.length > from + 200);
    expect(listener.frames.slice(-50).every(({ fallback, concealed }) => fallback && !concealed)).toBe(true);

    const cpuIsUp = engineIsUp(auralis, 'cpu');
    engine.tell(WELL);
    await cpuIsUp;
    const backFrom = listener.frames.length;
    await listener.until(
      ({ frames }) => frames.slice(backFrom).filter(({ flags }) => flags === 0).length > 100,
    );
    const levels = halfSeconds(listener.frames);
    process.stdout.write(
      `  ${levels.length / 2} s heard, the quietest half second at ${Math.min(...levels).toFixed(1)} dBFS\n`,
    );
    expect(Math.min(...levels.slice(4))).toBeGreaterThan(-50);
  });

  test('where there is no GPU the CPU renders, and the music is as composed but for being flagged', async () => {
    // Nor a driver, on whatever machine this is.
    inherit({ VK_DRIVER_FILES: devNull, VK_ICD_FILENAMES: devNull });
    const { auralis, listener } = await listened({ engine: 'gpu' });
    expect(auralis.engines).toEqual(['cpu']);
    await listener.until(({ frames }) => frames.length > 100);
    expect(listener.frames.every(({ fallback, concealed }) => fallback && !concealed)).toBe(true);
  });

  test('a GPU renders, and when its process is killed, the next one goes on', async () => {
    inherit({ ...softwareGpuEnvironment(), AURALIS_SOFTWARE_GPU: '1' });
    const { auralis, listener } = await listened({ engine: 'gpu' });
    await listener.until(({ frames }) => frames.length > 100);
    expect(auralis.engines).toEqual(['gpu']);
    const isUp = engineIsUp(auralis, 'gpu');
    process.kill(auralis.synthesisPid(), 'SIGKILL');
    await isUp;
    const from = listener.frames.length;
    await listener.until(({ frames }) => frames.length > from + 200);
    expect(listener.frames.at(-1)).toMatchObject({ fallback: false, concealed: false });
  });

  test('an engine whose process dies before it comes up is left for the next, and the music begins', async () => {
    const folder = scene.folder();
    const preload = join(folder, 'dies.mjs');
    writeFileSync(preload, "if (process.argv.includes('gpu')) process.kill(process.pid, 'SIGKILL');");
    const nodeOptions = process.env['NODE_OPTIONS'] ?? '';
    undo.push(() => {
      process.env['NODE_OPTIONS'] = nodeOptions;
    });
    process.env['NODE_OPTIONS'] = `${nodeOptions} --import=${pathToFileURL(preload)}`;
    const { auralis, listener } = await listened({ engine: 'gpu' });
    await listener.until(({ frames }) => frames.length > 50);
    expect(auralis.engines).toEqual(['cpu']);
  });

  test('a process that is killed is no load: all of the music is made', async () => {
    const { auralis, listener } = await listened({ quality: 'adaptive' });
    await listener.until(({ frames }) => frames.length > 50);
    for (let kill = 0; kill < 3; kill++) {
      const isUp = engineIsUp(auralis, 'cpu');
      process.kill(auralis.synthesisPid(), 'SIGKILL');
      await isUp;
      expect((await auralis.next(phraseRendered)).data).toMatchObject({ outcome: 'full', quality: 'normal' });
    }
  });

  test('in an overload nothing is rendered, and the loop is heard', async () => {
    const { auralis, listener } = await listened({ quality: 'overload' });
    const outcomes: string[] = [];
    auralis.signals.on(phraseRendered, ({ data }) => outcomes.push(data.outcome));
    await listener.until(({ frames }) => frames.length > 300);
    // Until there is a loop, chords are.
    expect(outcomes.slice(-2)).toEqual(['loop', 'loop']);
    expect(listener.frames.slice(-50).every(({ fallback }) => fallback)).toBe(true);
    expect(Math.min(...halfSeconds(listener.frames).slice(8))).toBeGreaterThan(-45);
  });
});
