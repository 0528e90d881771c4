import { checkOptions, FOREVER } from '@sustain/kernel/options';
import { type CpuMeterOptions, cpuMeter } from '../../performance/index.ts';
import type { HealthCheck } from '../health-check.ts';
import { type CheckOptions, ownFields, THRESHOLD } from './check-options.ts';

export interface CpuCheckOptions extends CheckOptions, CpuMeterOptions {
  /** The share of the cores, or of the cgroup's quota, from which on it is degraded. Above 0. Default 0.9: seed 001. */
  readonly degradedAt?: number;
  /** From which on it is unhealthy. Default never: a busy processor is no outage, late audio is. */
  readonly unhealthyAt?: number;
  /** How many processes that want one core, over the last minute, degrade, whoever they are. Above 0. Default 4. */
  readonly degradedAtLoadPerCore?: number;
}

/** Processor time of this process since the look before (a second ago or longer), and the load of the machine. */
export function cpuCheck(options: CpuCheckOptions = {}): HealthCheck {
  const { degradedAt = 0.9, unhealthyAt = FOREVER, degradedAtLoadPerCore: loadLimit = 4 } = options;
  checkOptions('cpuCheck', {
    degradedAt: [degradedAt, THRESHOLD],
    unhealthyAt: [unhealthyAt, { least: degradedAt }],
    degradedAtLoadPerCore: [loadLimit, THRESHOLD],
  });
  const measure = cpuMeter(options);
  return {
    ...ownFields(options, { name: 'cpu' }),
    check() {
      const { usedRatio, loadPerCore, cores } = measure();
      const observed = { value: Math.round(usedRatio * 1000) / 1000, unit: '1' };
      const percent = Math.round(usedRatio * 100);
      const message = `this process uses ${percent} % of the processor time that it may have (${cores} cores)`;
      if (usedRatio >= unhealthyAt) return { status: 'unhealthy', message, observed };
      if (usedRatio >= degradedAt) return { status: 'degraded', message, observed };
      if (loadPerCore < loadLimit) return { status: 'healthy', observed };
      const load = loadPerCore.toFixed(1);
      return { status: 'degraded', message: `${load} processes of the machine want each core`, observed };
    },
  };
}
