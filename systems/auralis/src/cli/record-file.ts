import { classify, type Fault } from '@sustain/kernel';
import { RECORDED_FORMAT, Recording, type RecordingOptions } from './recording.ts';
import { StreamTape, type TapeFigures } from './stream-tape.ts';
import { mostWavFrames, WavFile } from './wav-file.ts';

export interface RecordFileOptions extends RecordingOptions {
  readonly path: string;
  /** How much, above 0. Default: until `signal`, or as much as a WAV file holds. */
  readonly seconds?: number | undefined;
  readonly overwrites?: boolean | undefined;
}

/** What was recorded. */
export interface RecordedFile extends TapeFigures {
  /** Where it stands; undefined when nothing was heard: then there is no file. */
  readonly path: string | undefined;
  /** How often the connection was made again. */
  readonly reconnects: number;
  /** What ended it before its time, if not `signal`. */
  readonly endedBy?: Fault;
}

/**
 * Records the stream as a listener hears it, to a WAV file of its length, in which what did not arrive is silence of
 * exactly that length. A connection that is lost is made again after a random time up to 0.1, 0.2, 0.4 … 5 s, and goes on
 * where it was, if the server still has that; a full server is waited for. It is given up after a minute without audio.
 * Rejects, and leaves no file, when the stream cannot be heard to begin with (STREAM_UNAVAILABLE), is of another version
 * (FRAME_VERSION_UNKNOWN), or the file cannot be written (RECORDING_EXISTS, WAV_TOO_LARGE, and what the disk refuses). What
 * comes to pass later, as a full disk, ends the recording, and what was heard is kept.
 */
export async function recordFile(options: RecordFileOptions): Promise<RecordedFile> {
  const { path, seconds, overwrites } = options;
  const { sampleRateHz, channels } = RECORDED_FORMAT;
  const maxFrames = seconds === undefined ? mostWavFrames(channels) : Math.round(seconds * sampleRateHz);
  const file = await WavFile.create(path, { sampleRateHz, channels, maxFrames, overwrites });
  const recording = new Recording(options, new StreamTape({ sampleRateHz, channels, sink: file, maxFrames }));
  let endedBy: Fault | undefined;
  try {
    endedBy = await recording.run();
  } catch (error) {
    if (file.frames === 0) {
      await file.discard();
      throw error;
    }
    endedBy = classify(error);
  }
  const hasAudio = file.frames > 0;
  if (hasAudio) await file.finish();
  else await file.discard();
  return {
    ...recording.tape.figures,
    path: hasAudio ? file.path : undefined,
    recordedFrames: file.frames,
    reconnects: recording.reconnects,
    ...(endedBy !== undefined && { endedBy }),
  };
}
