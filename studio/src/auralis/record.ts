import process from 'node:process';
import { type RecordedFile, type RecordProgress, recordFile } from '@sustain/auralis/cli';
import { systemClock, systemRandom } from '@sustain/kernel';
import { untilShutdownSignal } from '@sustain/kernel/node';
import { Interrupted } from '../interrupted.ts';
import { lengthSeconds } from './arguments.ts';
import { minutesText, ProgressLine } from './progress-line.ts';

export interface RecordFlags {
  readonly minutes?: number;
  readonly seconds?: number;
  readonly url: string;
  readonly token?: string;
  readonly force?: true;
}

/**
 * Rejects with Interrupted when Ctrl-C came before what was asked for, and with the fault that ended it before, such as a
 * stream that was lost for good; what was heard until then is in the file, and said.
 */
export async function record(path: string, flags: RecordFlags): Promise<void> {
  const shutdown = untilShutdownSignal();
  const progress = new ProgressLine(process.stderr, systemClock);
  const seconds = lengthSeconds(flags);
  try {
    const recorded = await recordFile({
      path,
      url: flags.url,
      accessToken: flags.token,
      seconds,
      overwrites: flags.force,
      clock: systemClock,
      random: systemRandom,
      signal: shutdown.signal,
      onProgress: (now) => {
        const done = seconds === undefined ? undefined : now.recordedFrames / SAMPLE_RATE_HZ / seconds;
        progress.show(done, () => progressText(now, seconds));
      },
      onWait: ({ why, delayMs }) =>
        progress.note(`sustain: ${why}; trying again in ${(delayMs / 1000).toFixed(1)} s`),
    });
    progress.clear();
    process.stdout.write(summaryText(recorded));
    if (recorded.endedBy !== undefined) throw recorded.endedBy;
    if (shutdown.signal.aborted && (seconds !== undefined || recorded.path === undefined)) {
      throw new Interrupted();
    }
  } finally {
    progress.clear();
    shutdown.dispose();
  }
}

const SAMPLE_RATE_HZ = 44_100;

function progressText(
  { recordedFrames, levelDbfs, gaps, gapFrames }: RecordProgress,
  seconds?: number,
): string {
  const length = minutesText(recordedFrames / SAMPLE_RATE_HZ);
  const of = seconds === undefined ? '' : ` of ${minutesText(seconds)}`;
  const level = Number.isFinite(levelDbfs) ? `${levelDbfs.toFixed(0)} dBFS` : 'silent';
  return `${length}${of}, ${level}, ${gapsText(gaps, gapFrames)}`;
}

function summaryText(recorded: RecordedFile): string {
  const { path, recordedFrames, gaps, gapFrames, longestGapFrames, cuts, reconnects } = recorded;
  if (path === undefined) return 'nothing was heard: there is no file\n';
  const longest = gaps === 0 ? '' : `, the longest ${secondsText(longestGapFrames)}`;
  const parts = [
    `${minutesText(recordedFrames / SAMPLE_RATE_HZ)} (${recordedFrames} sample frames)`,
    `${gapsText(gaps, gapFrames)}${longest}`,
    ...(cuts > 0 ? [`cut ${cuts} times`] : []),
    ...(reconnects > 0 ? [`connected again ${reconnects} times`] : []),
    `concealed ${secondsText(recorded.concealedFrames)}`,
    ...(recorded.fallbackFrames > 0 ? [`from a lesser source ${secondsText(recorded.fallbackFrames)}`] : []),
  ];
  return `${path}: ${parts.join('; ')}\n`;
}

function gapsText(gaps: number, gapFrames: number): string {
  return gaps === 0 ? 'no gaps' : `${gaps} gap${gaps === 1 ? '' : 's'} of ${secondsText(gapFrames)}`;
}

function secondsText(frames: number): string {
  return `${(frames / SAMPLE_RATE_HZ).toFixed(2)} s`;
}
