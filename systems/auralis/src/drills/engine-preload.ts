// Loaded into synthesis processes before their main module: the engine there can be told to misbehave.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EngineOrder, ORDERS_VARIABLE, orderFiles, WELL } from './engine-order.ts';

/** What of the exports of the engine matters here. */
interface Engine {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly left: { readonly value: number };
  readonly right: { readonly value: number };
  begin(seed: number, ...rest: number[]): void;
  render(): number;
}

interface Instantiated {
  readonly instance: { readonly exports: object };
}

const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    instantiate(bytes: Uint8Array, imports: object): Promise<Instantiated>;
  };
};

const folder = process.env[ORDERS_VARIABLE];
const instantiate = WebAssembly.instantiate.bind(WebAssembly);
if (folder !== undefined) {
  WebAssembly.instantiate = async (bytes, imports) => {
    const { instance, ...rest } = await instantiate(bytes, imports);
    const { exports } = instance;
    return {
      ...rest,
      instance: { exports: 'begin' in exports ? obedient(exports as Engine, folder) : exports },
    };
  };
}

/** A defect that is compiled is met as one: with a true trap. */
const { exports: defective } = (await instantiate(defect(), {})).instance;

function obedient(engine: Engine, folder: string): Engine {
  let order = WELL;
  let seed = 0;
  let block = 0;
  return {
    ...engine,
    begin(phraseSeed, ...rest) {
      seed = phraseSeed;
      block = 0;
      order = read();
      if (order.spares === 'the next try' && readText(orderFiles.spoilt) === String(seed)) order = WELL;
      engine.begin(seed, ...rest);
    },
    render() {
      const frames = engine.render();
      block++;
      if (frames === 0 || block < order.fromBlock) return frames;
      if (order.does === 'hold') order = hold();
      if (order.does !== 'nothing') writeFileSync(join(folder, orderFiles.spoilt), String(seed));
      obey(order, engine, frames);
      return frames;
    },
  };

  function hold(): EngineOrder {
    writeFileSync(join(folder, orderFiles.holding), '');
    for (let waits = 0; waits < MOST_WAITS; waits++) {
      const next = read();
      if (next.does !== 'hold') return next;
      Atomics.wait(STANDSTILL, 0, 0, WAIT_MS);
    }
    return WELL;
  }

  function read(): EngineOrder {
    const text = readText(orderFiles.order);
    return text === undefined ? WELL : JSON.parse(text);
  }

  /** Undefined also when the drill is over and the folder gone. */
  function readText(file: string): string | undefined {
    try {
      return readFileSync(join(folder, file), 'utf8');
    } catch {
      return undefined;
    }
  }
}

const STANDSTILL = new Int32Array(new SharedArrayBuffer(4));
const WAIT_MS = 2;
/** 10 s: nobody gave another order. */
const MOST_WAITS = 5000;

function obey({ does }: EngineOrder, { memory, left, right }: Engine, frames: number): void {
  const spoil = (change: (sample: number) => number) => {
    for (const { value } of [left, right]) {
      const samples = new Float32Array(memory.buffer, value, frames);
      samples.set(samples.map(change));
    }
  };
  if (does === 'trap') (defective as { trap(): void }).trap();
  else if (does === 'lost') throw Object.assign(new Error('the device is lost'), { name: 'GpuError' });
  else if (does === 'not-finite') spoil(() => Number.NaN);
  else if (does === 'too-loud') spoil((sample) => 1000 * sample);
  else if (does === 'silent') spoil(() => 0);
  else if (does === 'babble') for (const senseless of SENSELESS) process.send?.(senseless);
}

const SENSELESS = ['la la la', 7, true, {}, [], { type: 'dance' }, null];

/** `(module (func (export "trap") unreachable))` */
function defect(): Uint8Array {
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  const types = [0x01, 0x04, 0x01, 0x60, 0x00, 0x00];
  const functions = [0x03, 0x02, 0x01, 0x00];
  const names = [0x07, 0x08, 0x01, 0x04, ...Buffer.from('trap'), 0x00, 0x00];
  const code = [0x0a, 0x05, 0x01, 0x03, 0x00, 0x00, 0x0b];
  return Uint8Array.from([...header, ...types, ...functions, ...names, ...code]);
}
