import type { Injection } from '../injection/index.ts';
import { type BreakOptions, runBeside } from '../processes/index.ts';

export interface MemoryPressureOptions extends BreakOptions {
  /** How much. 1 MiB to 80 % of what this process may still take, as its machine or its cgroup has it. */
  readonly bytes: number;
}

const MiB = 2 ** 20;
const MOST_OF_FREE = 0.8;
/** Touched, so that it is truly there; then it waits for the end of what it never hears. */
const HOLD = `
globalThis.held = Buffer.allocUnsafeSlow(Number(process.argv[1])).fill(1);
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
`;

/** Another process holds that much memory of the machine, once it has come up, until the injection ends. */
export function memoryPressure({ bytes, ...rest }: MemoryPressureOptions): Injection {
  const mostBytes = Math.floor(process.availableMemory() * MOST_OF_FREE);
  if (!(Number.isInteger(bytes) && bytes >= MiB && bytes <= mostBytes)) {
    throw new RangeError(`bytes must be ${MiB} to ${mostBytes}, which is 80 % of what is free; got ${bytes}`);
  }
  const what = `${Math.round(bytes / MiB)} MiB of memory held by another process`;
  return runBeside([[process.execPath, '-e', HOLD, `${bytes}`]], { ...rest, what });
}
