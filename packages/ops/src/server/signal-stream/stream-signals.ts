import { defineSignal } from '@sustain/kernel';
import type { Resume } from './resume.ts';
import type { SignalReaderCounts } from './signal-reader.ts';
import type { StreamEnd } from './signal-stream.ts';

/** Somebody listens to `/api/signals`. Told before that begins: nobody hears of itself. */
export const streamOpened = defineSignal<{
  /** How many there are now. */
  readonly streams: number;
}>('server.stream.opened');

/** Somebody listens no longer. What was missed was told as gaps. */
export const streamClosed = defineSignal<
  SignalReaderCounts & {
    readonly streams: number;
    readonly begin: Resume['reason'];
    readonly end: StreamEnd;
    readonly durationMs: number;
  }
>('server.stream.closed');
