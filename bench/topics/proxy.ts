import type { BenchCase } from '../bench-case.ts';
import { roundTrip } from '../proxy/round-trip.ts';
import { throughput } from '../proxy/throughput.ts';

export const cases: readonly BenchCase[] = [
  { name: 'rtt', unit: 'µs/round trip', better: 'lower', run: roundTrip },
  { name: 'throughput', unit: 'MB/s', better: 'higher', run: throughput },
];
