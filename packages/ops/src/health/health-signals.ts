import { defineSignal } from '@sustain/kernel';
import type { HealthStatus } from './health-check.ts';

/**
 * A status has changed: of a check (with `system` and `check`), of a system, or of the whole (without either). The first
 * look is told as well, without `from`, when it finds something that is not healthy.
 */
export const healthChanged = defineSignal<HealthChange>('health.changed');

export interface HealthChange {
  readonly system?: string;
  readonly check?: string;
  readonly from?: HealthStatus;
  readonly to: HealthStatus;
  /** Of the check; nothing secret in it. */
  readonly message?: string;
}
