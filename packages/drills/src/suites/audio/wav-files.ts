import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { audioFaults, readWav, wavHeader, writeWav } from '@sustain/audio';
import { type AnyFaultFactory, Signals } from '@sustain/kernel';
import { type Drill, type DrillSubject, drill, type Scene } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';

/** A program that plays a file, which it reads anew each time. */
interface FilePlayer extends DrillSubject {
  readonly path: string;
  readonly whole: Uint8Array;
}

const FRAMES = 480;

function filePlayer(scene: Scene): FilePlayer {
  const path = join(scene.folder(), 'loop.wav');
  const samples = Float32Array.from({ length: FRAMES }, (_, frame) => Math.sin(frame / 8) / 2);
  const whole = writeWav({ sampleRateHz: 48_000, channels: [samples] });
  writeFileSync(path, whole);
  return {
    drillable: true,
    signals: new Signals(),
    path,
    whole,
    async use() {
      const { channels, sampleRateHz } = readWav(readFileSync(path));
      const [heard] = channels;
      const differs = heard?.findIndex(
        (sample, frame) => Math.abs(sample - (samples[frame] as number)) > 1e-4,
      );
      if (differs !== -1 || heard?.length !== FRAMES || sampleRateHz !== 48_000) {
        throw new TypeError(`the file does not sound as it was written, from frame ${differs} on`);
      }
      return 'full';
    },
    close: () => undefined,
  };
}

interface Told {
  readonly breaks: string;
  readonly damage: (whole: Uint8Array) => Uint8Array;
  /** The check in the reader, and what stands there without it. */
  readonly check: string;
  readonly without: string;
}

function damaged(name: string, fault: AnyFaultFactory, { breaks, damage, check, without }: Told): Drill {
  return drill<FilePlayer>({
    name,
    fault,
    kind: 'disk',
    breaks,
    recovers: 'it is told, with the command that repairs it; somebody brings a good file',
    notices: 'that the file cannot be played, and why',
    subject: filePlayer,
    inject({ path, whole }, scene) {
      writeFileSync(path, damage(whole));
      scene.inject(startInjection({ what: breaks, undo: () => writeFileSync(path, whole) }));
    },
    sabotage: { file: sourceOf('packages/audio/src/wav-reader.ts'), replace: check, by: without },
  });
}

const ascii = (text: string) => new TextEncoder().encode(text);

function withBytes(whole: Uint8Array, offset: number, bytes: Uint8Array): Uint8Array {
  const copy = whole.slice();
  copy.set(bytes, offset);
  return copy;
}

export const damagedFiles: readonly Drill[] = [
  damaged('file-of-another-kind', audioFaults.WAV_UNKNOWN, {
    breaks: 'an Ogg file lies where the WAV file was',
    damage: (whole) => withBytes(whole, 0, ascii('OggS')),
    check: "if (bytes.length < 12 || tag(bytes, 0) !== 'RIFF' || tag(bytes, 8) !== 'WAVE') {",
    without: 'if (bytes.length < 12) {',
  }),
  damaged('file-of-24-bits', audioFaults.WAV_UNSUPPORTED, {
    breaks: 'the file is replaced by one of 24 bits a sample',
    damage: (whole) => withBytes(whole, 34, Uint8Array.of(24, 0)),
    check: 'if (bits !== bitsRead) {',
    without: 'if (bits < 0) {',
  }),
  damaged('file-without-audio', audioFaults.WAV_CHUNK_MISSING, {
    breaks: 'the file is cut off before its audio begins',
    damage: (whole) => whole.subarray(0, 36),
    check: `throw audioFaults.WAV_CHUNK_MISSING({
    chunk: format === undefined ? 'fmt ' : 'data',
    fileBytes: bytes.length,
  });`,
    without: "return { sampleRateHz: 48_000, channels: [], encoding: 'pcm16' };",
  }),
  damaged('file-cut-short', audioFaults.WAV_TRUNCATED, {
    breaks: 'the file is cut off in the midst of its audio',
    damage: (whole) => whole.subarray(0, whole.length / 2),
    check: 'announcedBytes !== SIZE_UNKNOWN && !acceptTruncated',
    without: 'announcedBytes !== SIZE_UNKNOWN && acceptTruncated',
  }),
];

/** Ten hours of 32-bit stereo. */
const TOO_MANY_FRAMES = 36_000 * 48_000;

export const recordingTooLong = drill<FilePlayer>({
  name: 'recording-too-long',
  fault: audioFaults.WAV_TOO_LARGE,
  kind: 'input',
  breaks: 'a recording of ten hours is to become one file',
  recovers: 'it is refused before a byte is written; somebody splits it',
  notices: 'that the recording has to be split',
  subject: filePlayer,
  async inject(_subject, scene) {
    await scene.attempt(() =>
      wavHeader({ sampleRateHz: 48_000, channels: 2, encoding: 'float32', frames: TOO_MANY_FRAMES }),
    );
  },
  sabotage: {
    file: sourceOf('packages/audio/src/wav-writer.ts'),
    replace: 'if (frames !== undefined && dataBytes > maxBytes)',
    by: 'if (frames === -1)',
  },
});
