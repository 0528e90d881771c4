import type { Signals } from '@sustain/kernel';
import type { Metrics } from '@sustain/ops/metrics';
import { type Quality, qualities } from './composition/index.ts';
import {
  framesDropped,
  listenerHeard,
  listenerJoined,
  listenerLeft,
  listenerRefused,
  listenerResumed,
  listenerShed,
  phraseRendered,
  phraseRescued,
} from './signals.ts';

/** What is only known when it is asked for. */
export interface MusicNow {
  readonly bufferedMs: number;
  readonly quality: Quality;
  /** Of the stream since it began. */
  readonly concealedMs: number;
  readonly fallbackMs: number;
}

/** Counts the music and those who hear it, from now on. Answers the way to stop. */
export function auralisMetrics(signals: Signals, metrics: Metrics, now: () => MusicNow): () => void {
  const stops = [...musicFigures(signals, metrics, now), ...listenerFigures(signals, metrics)];
  return () => {
    for (const stop of stops) stop();
  };
}

function musicFigures(signals: Signals, metrics: Metrics, now: () => MusicNow): (() => void)[] {
  const phrases = metrics.counter('sustain_auralis_phrases_total', {
    help: 'Phrases, by how they ended and at which quality.',
    labels: ['outcome', 'quality'],
  });
  const rescued = metrics.counter('sustain_auralis_phrases_rescued_total', {
    help: 'Phrases that were not composed as they should be, by what was wrong and what was done.',
    labels: ['code', 'rescue'],
  });
  const realtimeFactor = metrics.gauge('sustain_auralis_realtime_factor', {
    help: 'Seconds of music that are rendered in a second, of the last phrase.',
  });
  const buffered = metrics.gauge('sustain_auralis_buffered_seconds', {
    help: 'Music that is rendered ahead.',
  });
  const quality = metrics.gauge('sustain_auralis_quality', {
    help: 'How much of the music is made: 1 for the quality of now, 0 for the others.',
    labels: ['quality'],
  });
  const concealed = metrics.gauge('sustain_auralis_concealed_seconds', {
    help: 'Of the stream since it began: what was faded or missing.',
  });
  const fallback = metrics.gauge('sustain_auralis_fallback_seconds', {
    help: 'Of the stream since it began: what came from a lesser source.',
  });
  return [
    signals.on(phraseRendered, ({ data }) => {
      phrases.add(1, { outcome: data.outcome, quality: data.quality });
      if (data.realtimeFactor > 0) realtimeFactor.set(data.realtimeFactor);
    }),
    signals.on(phraseRescued, ({ data: { code, rescue } }) => rescued.add(1, { code, rescue })),
    metrics.onRead(() => {
      const { bufferedMs, concealedMs, fallbackMs, ...read } = now();
      buffered.set(bufferedMs / 1000);
      concealed.set(concealedMs / 1000);
      fallback.set(fallbackMs / 1000);
      for (const each of qualities) quality.set(each === read.quality ? 1 : 0, { quality: each });
    }),
  ];
}

function listenerFigures(signals: Signals, metrics: Metrics): (() => void)[] {
  const listeners = metrics.gauge('sustain_auralis_listeners', { help: 'How many listen.' });
  const left = metrics.counter('sustain_auralis_listeners_left_total', {
    help: 'Listeners that have gone, by close code.',
    labels: ['close_code'],
  });
  const resumed = metrics.counter('sustain_auralis_listeners_resumed_total', {
    help: 'Listeners that have come back, by whether they got all that they had missed.',
    labels: ['how'],
  });
  const shed = metrics.counter('sustain_auralis_listeners_shed_total', {
    help: 'Listeners that were sent away as they did not keep up, by why.',
    labels: ['reason'],
  });
  const refused = metrics.counter('sustain_auralis_listeners_refused_total', {
    help: 'Messages that were refused, and listeners that were sent away, by fault.',
    labels: ['code'],
  });
  const dropped = metrics.counter('sustain_auralis_dropped_seconds_total', {
    help: 'What was left out for listeners that did not keep up.',
  });
  const heard = metrics.counter('sustain_auralis_listener_seconds_total', {
    help: 'What listeners say they have heard: good, or bad (concealed, or nothing).',
    labels: ['heard'],
  });
  const underruns = metrics.counter('sustain_auralis_underruns_total', {
    help: 'How often players have run out of music.',
  });
  return [
    signals.on(listenerJoined, ({ data }) => listeners.set(data.listeners)),
    signals.on(listenerLeft, ({ data }) => {
      listeners.set(data.listeners);
      left.add(1, { close_code: `${data.closeCode}` });
    }),
    signals.on(listenerResumed, ({ data }) => resumed.add(1, { how: data.how })),
    signals.on(listenerShed, ({ data }) => shed.add(1, { reason: data.reason })),
    signals.on(listenerRefused, ({ data }) => refused.add(1, { code: data.fault.code })),
    signals.on(framesDropped, ({ data }) => dropped.add(data.droppedMs / 1000)),
    signals.on(listenerHeard, ({ data }) => {
      heard.add(data.goodMs / 1000, { heard: 'good' });
      heard.add(data.badMs / 1000, { heard: 'bad' });
      underruns.add(data.underruns);
    }),
  ];
}
