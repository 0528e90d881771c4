import type { BenchCase } from '../bench-case.ts';
import { handledFaultSeen } from '../ops/handled-fault.ts';
import { logLine } from '../ops/log-line.ts';
import { signals10k } from '../ops/signals-10k.ts';

export const cases: readonly BenchCase[] = [
  { name: 'handled-fault-seen', unit: 'µs', better: 'lower', run: handledFaultSeen },
  { name: 'log-line', unit: 'ns/line', better: 'lower', run: logLine },
  { name: 'signals-10k', unit: 'MiB/min', better: 'lower', run: signals10k },
];
