import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWav } from '@sustain/audio';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { mostWavFrames, WavFile } from './wav-file.ts';

const FORMAT = { sampleRateHz: 44_100, channels: 2 };
const left = new Float32Array(1000).map((_, i) => i / 1000);
const audio = [left, left.map((sample) => -sample)];

describe('a WAV file that is written as the audio comes', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sustain-wav-'));
    path = join(folder, 'out.wav');
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  });

  test('stands in its place when it is whole, and holds what was written', async () => {
    const file = await WavFile.create(path, FORMAT);
    await file.write(audio);
    await file.write(audio, 500, 250);
    expect(existsSync(path)).toBe(false);
    await file.finish();
    expect(readdirSync(folder)).toEqual(['out.wav']);
    const { channels } = readWav(readFileSync(path));
    expect(channels.map((samples) => samples.length)).toEqual([1500, 1500]);
    expect(channels[0]?.[1000]).toBeCloseTo(0.25, 4);
    expect(channels[1]?.[1499]).toBeCloseTo(-0.749, 4);
  });

  test('can be read up to where it is, should its writer die', async () => {
    const file = await WavFile.create(path, FORMAT);
    await file.write(audio);
    const { channels } = readWav(readFileSync(file.partialPath));
    expect(channels[0]).toHaveLength(1000);
    await file.discard();
  });

  test('leaves nothing when it is discarded, and a whole file beside its place when it is kept', async () => {
    const discarded = await WavFile.create(path, FORMAT);
    await discarded.write(audio);
    await discarded.discard();
    expect(readdirSync(folder)).toEqual([]);
    const kept = await WavFile.create(path, FORMAT);
    await kept.write(audio);
    await kept.keep();
    expect(readdirSync(folder)).toEqual([`out.wav.${process.pid}.part`]);
    expect(readWav(readFileSync(kept.partialPath)).channels[0]).toHaveLength(1000);
  });

  test('takes the place of a file only when it may', async () => {
    writeFileSync(path, 'precious');
    await expect(WavFile.create(path, FORMAT)).rejects.toMatchObject({ code: 'RECORDING_EXISTS' });
    expect(readdirSync(folder)).toEqual(['out.wav']);
    const file = await WavFile.create(path, { ...FORMAT, overwrites: true });
    expect(readFileSync(path, 'utf8')).toBe('precious');
    await file.finish();
    expect(readWav(readFileSync(path)).channels[0]).toHaveLength(0);
  });

  test('does not write over a file that came meanwhile, and is kept beside it', async () => {
    const file = await WavFile.create(path, FORMAT);
    await file.write(audio);
    writeFileSync(path, 'precious');
    await expect(file.finish()).rejects.toMatchObject({
      code: 'RECORDING_EXISTS',
      message: expect.stringContaining(`kept as ${file.partialPath}`),
    });
    expect(readFileSync(path, 'utf8')).toBe('precious');
    expect(readWav(readFileSync(file.partialPath)).channels[0]).toHaveLength(1000);
  });

  test('follows a link to what is written over, and writes over no folder and no device', async () => {
    mkdirSync(join(folder, 'elsewhere'));
    const target = join(folder, 'elsewhere', 'target.wav');
    writeFileSync(target, 'old');
    symlinkSync(target, path);
    const file = await WavFile.create(path, { ...FORMAT, overwrites: true });
    await file.finish();
    expect(readWav(readFileSync(target)).channels[0]).toHaveLength(0);
    for (const place of [folder, '/dev/null']) {
      await expect(WavFile.create(place, { ...FORMAT, overwrites: true })).rejects.toMatchObject({
        code: 'RECORDING_EXISTS',
        message: expect.stringContaining('it is no file'),
      });
    }
  });

  test('never opens a part that is there: one that was kept, or a link that somebody has put in its place', async () => {
    const kept = `${path}.${process.pid}.part`;
    writeFileSync(kept, 'what was kept');
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'of somebody else');
    symlinkSync(victim, `${path}.${process.pid}-1.part`);
    const file = await WavFile.create(path, FORMAT);
    await file.write(audio);
    await file.finish();
    expect(readFileSync(kept, 'utf8')).toBe('what was kept');
    expect(readFileSync(victim, 'utf8')).toBe('of somebody else');
    expect(readWav(readFileSync(path)).channels[0]?.length).toBe(1000);
  });

  test('is refused before anything is written, when it would be longer than a WAV file can say', async () => {
    const maxFrames = mostWavFrames(2);
    expect(maxFrames / 44_100 / 3600).toBeCloseTo(6.76, 2);
    await expect(WavFile.create(path, { ...FORMAT, maxFrames: maxFrames + 1 })).rejects.toMatchObject({
      code: 'WAV_TOO_LARGE',
    });
    expect(readdirSync(folder)).toEqual([]);
    await (await WavFile.create(path, { ...FORMAT, maxFrames })).discard();
  });

  test('says what the disk says where there is no folder', async () => {
    await expect(WavFile.create(join(folder, 'none', 'out.wav'), FORMAT)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
