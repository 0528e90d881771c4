import { defineSignal, type Fault } from '@sustain/kernel';

/** A synthesis process is up and its engine ready. */
export const synthesisReady = defineSignal<{ readonly engine: string; readonly pid: number | undefined }>(
  'auralis.synthesis.ready',
);

/** A phrase has arrived whole, or what takes its place. */
export const phraseRendered = defineSignal<{
  readonly phraseIndex: number;
  readonly outcome: 'full' | 'simplified' | 'silence';
  readonly renderMs: number;
  /** Seconds of body audio a second of rendering. */
  readonly realtimeFactor: number;
}>('auralis.phrase.rendered');

/** The music's parameters were changed. */
export const parametersChanged = defineSignal<{ readonly heardAtSample: number }>(
  'auralis.parameters.changed',
);

export const listenerJoined = defineSignal<{ readonly listeners: number }>('auralis.listener.joined');
export const listenerLeft = defineSignal<{ readonly listeners: number; readonly closeCode: number }>(
  'auralis.listener.left',
);

/** A listener's message was refused, or the listener was sent away. */
export const listenerRefused = defineSignal<{ readonly fault: Fault }>('auralis.listener.refused');
