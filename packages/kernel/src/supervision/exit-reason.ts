import type { Fault } from '../faults/index.ts';

/** Why a child ended. */
export type ExitReason =
  | { readonly kind: 'finished'; readonly fault?: undefined }
  | { readonly kind: 'failed'; readonly fault: Fault };

/**
 * How a supervisor says that a child ended: by itself, well or of a fault; its health checks failed too often; or
 * somebody asked for a restart.
 */
export type ChildEnd =
  | { readonly reason: 'finished'; readonly fault?: undefined }
  | { readonly reason: 'failed' | 'unhealthy' | 'requested'; readonly fault: Fault };
