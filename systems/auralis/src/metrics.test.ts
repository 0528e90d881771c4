import { Signals, SimulatedClock } from '@sustain/kernel';
import { createMetrics } from '@sustain/ops/metrics';
import { expect, it } from 'vitest';
import { auralisFaults } from './faults.ts';
import { auralisMetrics } from './metrics.ts';
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

it('the music and those who hear it are counted, until nobody wants to know', async () => {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const metrics = createMetrics({ clock });
  const now = { bufferedMs: 3500, quality: 'critical', concealedMs: 1200, fallbackMs: 2400 } as const;
  const stop = auralisMetrics(signals, metrics, () => now);
  const from = { source: 'auralis' };
  const rendered = {
    phraseIndex: 1,
    outcome: 'full',
    quality: 'normal',
    renderMs: 20,
    realtimeFactor: 170,
  } as const;
  signals.channel(phraseRendered).emit(rendered, from);
  signals.channel(phraseRendered).emit({ ...rendered, outcome: 'loop', realtimeFactor: 0 }, from);
  signals.channel(phraseRescued).emit({ phraseIndex: 2, code: 'PHRASE_INVALID', rescue: 'mended' }, from);
  signals.channel(listenerJoined).emit({ listeners: 3 }, from);
  signals.channel(listenerLeft).emit({ listeners: 2, closeCode: 4008, listenedMs: 10 }, from);
  signals.channel(listenerResumed).emit({ how: 'replayed', missedMs: 900 }, from);
  signals.channel(listenerShed).emit({ reason: 'no answer to pings' }, from);
  const fault = auralisFaults.MALFORMED_MESSAGE({ reason: 'it is not JSON' });
  signals.channel(listenerRefused).emit({ fault }, from);
  signals.channel(framesDropped).emit({ frames: 25, droppedMs: 1000 }, from);
  signals.channel(listenerHeard).emit({ goodMs: 900, badMs: 100, underruns: 1 }, from);
  const { body } = await metrics.scrape();
  for (const line of [
    'sustain_auralis_phrases_total{outcome="full",quality="normal"} 1',
    'sustain_auralis_phrases_total{outcome="loop",quality="normal"} 1',
    'sustain_auralis_phrases_rescued_total{code="PHRASE_INVALID",rescue="mended"} 1',
    'sustain_auralis_realtime_factor 170',
    'sustain_auralis_buffered_seconds 3.5',
    'sustain_auralis_quality{quality="critical"} 1',
    'sustain_auralis_quality{quality="normal"} 0',
    'sustain_auralis_concealed_seconds 1.2',
    'sustain_auralis_fallback_seconds 2.4',
    'sustain_auralis_listeners 2',
    'sustain_auralis_listeners_left_total{close_code="4008"} 1',
    'sustain_auralis_listeners_resumed_total{how="replayed"} 1',
    'sustain_auralis_listeners_shed_total{reason="no answer to pings"} 1',
    'sustain_auralis_listeners_refused_total{code="MALFORMED_MESSAGE"} 1',
    'sustain_auralis_dropped_seconds_total 1',
    'sustain_auralis_listener_seconds_total{heard="good"} 0.9',
    'sustain_auralis_listener_seconds_total{heard="bad"} 0.1',
    'sustain_auralis_underruns_total 1',
  ])
    expect(body.split('\n')).toContain(line);
  stop();
  signals.channel(listenerJoined).emit({ listeners: 9 }, from);
  expect((await metrics.scrape()).body).toContain('sustain_auralis_listeners 2');
  metrics.close();
});
