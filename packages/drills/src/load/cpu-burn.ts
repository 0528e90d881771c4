import { availableParallelism } from 'node:os';
import type { Injection } from '../injection/index.ts';
import { type BreakOptions, runBeside } from '../processes/index.ts';

export interface CpuBurnOptions extends BreakOptions {
  /** 1 to 256. Default as many as there are processors. */
  readonly processes?: number;
}

/** Other processes that calculate without end: everybody else gets a share of the processors only. */
export function cpuBurn({ processes = availableParallelism(), ...rest }: CpuBurnOptions = {}): Injection {
  if (!(Number.isInteger(processes) && processes >= 1 && processes <= 256)) {
    throw new RangeError(`processes must be 1 to 256; got ${processes}`);
  }
  const commands = Array.from({ length: processes }, () => ['sh', '-c', 'while :; do :; done']);
  return runBeside(commands, { ...rest, what: `${processes} processes that burn processor time` });
}
