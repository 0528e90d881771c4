import type { AdkSessionService } from './adk-types.ts';

export interface Setting {
  readonly service: AdkSessionService;
  /** Of a session that does not exist, in an application that nobody else uses. */
  readonly key: { readonly appName: string; readonly userId: string; readonly sessionId: string };
}

/** What a service promises. */
export interface Case {
  readonly trait: Trait;
  readonly title: string;
  /** Whether it needs a service that nobody has used. */
  readonly isFresh?: boolean;
  readonly holds: (setting: Setting) => Promise<void>;
}

export type Trait = (typeof TRAITS)[number];

const TRAITS = [
  'stale',
  'equal-times',
  'earlier-times',
  'compaction',
  'at-once',
  'get-or-create',
  'duplicate',
  'deleted',
  'delete-twice',
  'first-calls',
  'recent-none',
  'recent-some',
  'after-time',
  'same-id',
  'partial',
  'shared-state',
  'shared-state-at-creation',
  'temp-state',
  'temp-live',
  'half-changed',
  'event-untouched',
  'own-copies',
  'own-event',
  'pages',
] as const;
