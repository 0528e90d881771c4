import type { Clock, Random } from '@sustain/kernel';
import type { Drill, DrillMoment } from '../drill/index.ts';

export interface RunDrillOptions {
  readonly system: string;
  readonly drill: Drill;
  readonly clock: Clock;
  readonly random: Random;
  readonly replay: string;
  readonly signal: AbortSignal;
  /** Called at each step of the drill. */
  readonly onMoment?: ((what: DrillMoment['what']) => void) | undefined;
}
