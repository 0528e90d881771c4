import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Phrase, SAMPLE_RATE_HZ } from '../composition/index.ts';
import { auralisFaults } from '../faults.ts';
import type { AudioBlock, SynthesisEngine } from './engine.ts';
import { type Instrument, scoreOf } from './score.ts';

/** The synthesiser of `assembly/`, on one core of the CPU. */
export interface CpuEngine extends SynthesisEngine {
  /** Most voices of each kind that sounded at once in the phrase rendered last. */
  peakVoices(): { readonly pad: number; readonly tone: number; readonly noise: number };
  /** Events of that phrase that were left out, because all voices of their kind were taken. */
  unheardEvents(): number;
}

export interface CpuEngineOptions {
  /** Default: where `npm run build` puts it. */
  readonly wasmPath?: string;
}

/** Loads the synthesiser. Rejects with ENGINE_NOT_BUILT when it is not there. */
export async function createCpuEngine({ wasmPath = BUILT }: CpuEngineOptions = {}): Promise<CpuEngine> {
  const { instance } = await WebAssembly.instantiate(await readBuilt(wasmPath), {});
  const synth = instance.exports;
  const memory = synth.memory.buffer;
  const left = new Float32Array(memory, synth.left.value, synth.BLOCK.value);
  const right = new Float32Array(memory, synth.right.value, synth.BLOCK.value);
  let current: Phrase | undefined;

  return {
    name: 'cpu',
    sampleRateHz: SAMPLE_RATE_HZ,
    *render(phrase) {
      current = phrase;
      begin(synth, phrase);
      for (;;) {
        if (current !== phrase) throw new RangeError('another phrase is being rendered: this one is over');
        const frames = synth.render();
        if (frames === 0) return;
        yield { left: left.subarray(0, frames), right: right.subarray(0, frames) } satisfies AudioBlock;
      }
    },
    peakVoices: () => ({
      pad: synth.peakPadVoices(),
      tone: synth.peakToneVoices(),
      noise: synth.peakNoiseVoices(),
    }),
    unheardEvents: () => synth.unheardEvents(),
  };
}

const BUILT = fileURLToPath(new URL('../../build/engine.wasm', import.meta.url));

interface WasmGlobal {
  readonly value: number;
}

/** The one function needed here: Node has it, its types do not. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    instantiate(bytes: Buffer, imports: object): Promise<{ instance: { exports: SynthExports } }>;
  };
};

/** What `assembly/engine.ts` exports. Instruments are numbered by globals of their names in capitals. */
interface SynthExports
  extends Readonly<Record<Uppercase<Instrument> | 'left' | 'right' | 'BLOCK', WasmGlobal>> {
  readonly memory: { readonly buffer: ArrayBuffer };
  begin(seed: number, frames: number, intensity: number, beatFrames: number): void;
  play(instrument: number, startFrame: number, frames: number, hz: number, velocity: number): number;
  render(): number;
  peakPadVoices(): number;
  peakToneVoices(): number;
  peakNoiseVoices(): number;
  unheardEvents(): number;
}

function begin(synth: SynthExports, phrase: Phrase): void {
  const { index, seed, frames, tailFrames, parameters } = phrase;
  synth.begin(seed, frames + tailFrames, parameters.intensity, (60 / parameters.tempoBpm) * SAMPLE_RATE_HZ);
  for (const { instrument, startFrame, durationFrames, frequencyHz, velocity } of scoreOf(phrase)) {
    const number = synth[instrument.toUpperCase() as Uppercase<Instrument>].value;
    if (synth.play(number, startFrame, durationFrames, frequencyHz, velocity) === 0) {
      throw new RangeError(`phrase ${index} has more events than the synthesiser can keep (512)`);
    }
  }
}

async function readBuilt(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw auralisFaults.ENGINE_NOT_BUILT({ path }, { cause });
  }
}
