import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { type Phrase, testPhrase } from '../../composition/index.ts';
import type { AudioBlock } from '../engine.ts';
import { createGpuEngine, GpuError } from './index.ts';

// A process in which memory runs out while its GPU, SwiftShader, takes what it needs: a batch that wants a gigabyte, and as
// many bytes left as the argument says. It writes what became of the batch, as JSON.

const [, , leftBytes = '0'] = process.argv;
const FRAMES = 256;
const MAX_BYTES = 2 ** 32;
const [chord] = testPhrase.chords;
const phrase = { ...testPhrase, frames: FRAMES, chords: [{ ...chord, durationFrames: FRAMES }] } as Phrase;
const engine = await createGpuEngine({ allowSoftware: true, maxBytes: MAX_BYTES });
// SwiftShader takes its own memory now: it crashes where it finds none for its threads.
const [expected] = (await engine.renderBatch(times(600))) as [AudioBlock];
limitMemory(virtualBytes() + Number(leftBytes));
process.stdout.write(JSON.stringify(await outcome()));
engine.destroy();

function times(count: number): Phrase[] {
  return Array.from({ length: count }, () => phrase);
}

async function outcome(): Promise<object> {
  try {
    const rendered = await engine.renderBatch(times(2400));
    return { asExpected: rendered.filter(isExpected).length, ranOut: engine.usableBytes < MAX_BYTES };
  } catch (error) {
    return { failed: error instanceof GpuError ? error.code : String(error) };
  }
}

function isExpected({ left }: AudioBlock): boolean {
  return Buffer.from(left.buffer).equals(Buffer.from(expected.left.buffer));
}

function virtualBytes(): number {
  return Number(/VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

function limitMemory(bytes: number): void {
  execFileSync('prlimit', ['--pid', `${process.pid}`, `--as=${bytes}:`]);
}
