import type { DrillResult } from '../drill/index.ts';

/** What a sabotaged process tells. */
export type FromSabotaged =
  | { readonly type: 'injected' }
  | { readonly type: 'done'; readonly result: DrillResult };
