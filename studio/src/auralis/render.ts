import process from 'node:process';
import { auralisFaults, type RenderFileOptions, renderFile } from '@sustain/auralis/cli';
import { isCancelled, systemClock, systemRandom } from '@sustain/kernel';
import { untilShutdownSignal } from '@sustain/kernel/node';
import type { Command } from 'commander';
import { Interrupted } from '../interrupted.ts';
import { lengthSeconds } from './arguments.ts';
import { minutesText, ProgressLine } from './progress-line.ts';

export interface RenderFlags {
  readonly minutes?: number;
  readonly seconds?: number;
  readonly seed?: string;
  readonly key?: string;
  readonly mode?: string;
  readonly tempo?: number;
  readonly intensity?: number;
  readonly force?: true;
  readonly keepPartial?: true;
}

/** Rejects with Interrupted on Ctrl-C, when nothing is left of it, or what was to be kept; a wrong parameter is usage. */
export async function render(path: string, flags: RenderFlags, command: Command): Promise<void> {
  const shutdown = untilShutdownSignal();
  const progress = new ProgressLine(process.stderr, systemClock);
  const seed = flags.seed ?? String(Math.floor(systemRandom.next() * 2 ** 32));
  const startMs = systemClock.monotonicMs();
  try {
    const { peakDbfs, ...file } = await renderFile({
      path,
      seconds: lengthSeconds(flags) ?? 60,
      seed,
      parameters: parametersOf(flags),
      overwrites: flags.force,
      keepsPartial: flags.keepPartial,
      signal: shutdown.signal,
      onProgress: ({ renderedSeconds, totalSeconds }) => {
        progress.show(renderedSeconds / totalSeconds, () => {
          const share = Math.floor((100 * renderedSeconds) / totalSeconds);
          const speed = renderedSeconds / secondsSince(startMs);
          return `${share} % of ${minutesText(totalSeconds)}, ${speed.toFixed(0)} times as fast as it plays`;
        });
      },
      onKept: (partialPath) => progress.note(`sustain: what there was is kept as ${partialPath}`),
    });
    const seconds = file.frames / 44_100;
    const speed = (seconds / secondsSince(startMs)).toFixed(0);
    progress.clear();
    process.stdout.write(
      `${file.path}: ${minutesText(seconds)}, peak ${peakDbfs.toFixed(1)} dBFS, ${speed} times as fast as it plays, --seed ${seed}\n`,
    );
  } catch (error) {
    progress.clear();
    if (shutdown.signal.aborted && isCancelled(error)) throw new Interrupted();
    if (auralisFaults.INVALID_PARAMETERS.matches(error)) command.error(`error: ${error.message}`);
    throw error;
  } finally {
    shutdown.dispose();
  }
}

/** Checked by Auralis, which knows what there is. */
function parametersOf({ key, mode, tempo, intensity }: RenderFlags): RenderFileOptions['parameters'] {
  return {
    ...(key !== undefined && { key }),
    ...(mode !== undefined && { mode }),
    ...(tempo !== undefined && { tempoBpm: tempo }),
    ...(intensity !== undefined && { intensity }),
  } as RenderFileOptions['parameters'];
}

function secondsSince(startMs: number): number {
  return (systemClock.monotonicMs() - startMs) / 1000;
}
