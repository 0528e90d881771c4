import { defineSignal, type Fault } from '@sustain/kernel';
import type { CompositionRescue, Quality } from './composition/index.ts';
import type { ShedReason } from './faults.ts';

/** A synthesis process is up and its engine ready. */
export const synthesisReady = defineSignal<{ readonly engine: string; readonly pid: number | undefined }>(
  'auralis.synthesis.ready',
);

/** A phrase has arrived whole, or what takes its place. */
export const phraseRendered = defineSignal<PhraseRendered>('auralis.phrase.rendered');

export interface PhraseRendered {
  readonly phraseIndex: number;
  readonly outcome: 'full' | 'simplified' | 'loop' | 'silence';
  /** How much of the music was to be made of it. */
  readonly quality: Quality;
  readonly renderMs: number;
  /** Seconds of body audio a second of rendering; 0 where none was. */
  readonly realtimeFactor: number;
}

/** A phrase could not be rendered: which try of how many it was, and how many have failed in all. */
export const attemptFailed = defineSignal<AttemptFailed>('auralis.attempt.failed');

export interface AttemptFailed {
  readonly phraseIndex: number;
  readonly attempt: number;
  readonly of: number;
  readonly totalFailures: number;
  readonly fault: Fault;
}

/** What was composed could not be played, or nothing was composed: it was mended, or the last phrase varied. */
export const phraseRescued = defineSignal<{
  readonly phraseIndex: number;
  readonly code: string;
  readonly rescue: CompositionRescue;
}>('auralis.phrase.rescued');

/** There is a loop in this key and mode, which is heard where there is no music. */
export const loopReady = defineSignal<{ readonly key: string; readonly mode: string }>('auralis.loop.ready');

/** The music's parameters were changed. */
export const parametersChanged = defineSignal<{ readonly heardAtSample: number }>(
  'auralis.parameters.changed',
);

export const listenerJoined = defineSignal<{ readonly listeners: number }>('auralis.listener.joined');
export const listenerLeft = defineSignal<{
  readonly listeners: number;
  readonly closeCode: number;
  readonly listenedMs: number;
}>('auralis.listener.left');

/** A listener came back with its token. */
export const listenerResumed = defineSignal<{
  /** Whether it got all that it missed, or went on after a gap. */
  readonly how: 'replayed' | 'jumped';
  /** What it missed while it was away. */
  readonly missedMs: number;
}>('auralis.listener.resumed');

/** A listener that does not keep up was sent away. */
export const listenerShed = defineSignal<{ readonly reason: ShedReason }>('auralis.listener.shed');

/** Frames were left out for a listener that did not keep up. */
export const framesDropped = defineSignal<{ readonly frames: number; readonly droppedMs: number }>(
  'auralis.frames.dropped',
);

/** What a listener says it has heard since it said so last: good and bad listener-seconds, in milliseconds. */
export const listenerHeard = defineSignal<{
  readonly goodMs: number;
  readonly badMs: number;
  readonly underruns: number;
}>('auralis.listener.heard');

/** A text message did not reach a listener: `code` is TIMED_OUT, or of what its connection ended with. */
export const listenerUntold = defineSignal<{ readonly code: string }>('auralis.listener.untold');

/** A listener's message was refused, or the listener was sent away. */
export const listenerRefused = defineSignal<{ readonly fault: Fault }>('auralis.listener.refused');
