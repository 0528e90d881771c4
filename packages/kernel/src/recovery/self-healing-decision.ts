/** Why a healing action does not begin. */
export type HealingRefusal =
  /** One is under way. */
  | 'busy'
  /** As many as are allowed have begun within the last hour. */
  | 'budget-spent'
  /** The last one is not long enough ago. */
  | 'backing-off';

export interface HealingState {
  readonly isBusy: boolean;
  /** How many actions have begun within the last hour. */
  readonly actions: number;
  /** No action begins before. Monotonic milliseconds. */
  readonly notBeforeMs: number;
}

/** Why an action may not begin now; undefined when it may. */
export function refusesHealing(
  { isBusy, actions, notBeforeMs }: HealingState,
  maxActionsPerHour: number,
  nowMs: number,
): HealingRefusal | undefined {
  if (isBusy) return 'busy';
  if (actions >= maxActionsPerHour) return 'budget-spent';
  return nowMs < notBeforeMs ? 'backing-off' : undefined;
}
