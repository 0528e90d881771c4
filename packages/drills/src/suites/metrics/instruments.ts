import { type Metrics, metricsFaults } from '@sustain/ops/metrics';
import { type DrillDeclaration, drill } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { type CountingProgram, countingProgram } from './program.ts';

export const misnamed = mistake({
  name: 'milliseconds-in-a-name',
  fault: metricsFaults.METRIC_INVALID,
  breaks: 'a new part of the program names a metric against the conventions of Prometheus',
  wrong: (metrics) => metrics.gauge('sustain_latency_ms', { help: 'Time to sound.' }),
  right: (metrics) => metrics.gauge('sustain_latency_seconds', { help: 'Time to sound.' }),
  traces: 'sustain_latency_ms',
  sabotage: {
    file: sourceOf('packages/ops/src/metrics/metric-name.ts'),
    replace: 'if (problem !== undefined)',
    by: 'if (false)',
  },
});

export const badBuckets = mistake({
  name: 'buckets-that-do-not-rise',
  fault: metricsFaults.METRIC_INVALID,
  breaks: 'a new part of the program makes a histogram whose buckets are in disorder',
  wrong: (metrics) =>
    metrics.histogram('sustain_render_seconds', { help: 'Time to render.', buckets: [1, 0.1, 10] }),
  right: (metrics) =>
    metrics.histogram('sustain_render_seconds', { help: 'Time to render.', buckets: [0.1, 1, 10] }),
  traces: 'le="10"',
  sabotage: {
    file: sourceOf('packages/ops/src/metrics/histogram.ts'),
    replace: 'if (ascend && buckets.length > 0',
    by: 'if (buckets.length > 0',
  },
});

export const otherShape = mistake({
  name: 'same-name-other-labels',
  fault: metricsFaults.METRIC_CONFLICT,
  breaks: 'a new part of the program counts phrases, too, and by player',
  wrong: (metrics) =>
    metrics.counter('sustain_phrases_total', { help: 'Phrases played.', labels: ['player'] }),
  right: (metrics) =>
    metrics.counter('sustain_player_phrases_total', { help: 'Phrases played.', labels: ['player'] }),
  traces: 'player=',
  sabotage: {
    file: sourceOf('packages/ops/src/metrics/metrics.ts'),
    replace: 'if (has !== wanted) throw',
    by: 'if (false) throw',
  },
});

interface Mistake extends Pick<DrillDeclaration, 'name' | 'fault' | 'breaks' | 'sabotage'> {
  readonly wrong: (metrics: Metrics) => unknown;
  readonly right: (metrics: Metrics) => unknown;
  /** What no scrape has in it while the mistake has left no traces. */
  readonly traces: string;
}

/** A drill of a metric that cannot be: refused when it is made, and who measures goes on. */
function mistake({ wrong, right, traces, ...declaration }: Mistake) {
  return drill<CountingProgram>({
    ...declaration,
    kind: 'code',
    recovers: 'the mistake is refused where it is made, and what was measured before goes on',
    notices: 'the new part does not start, and says which name is wrong and what to do',
    limits: { detectMs: 1500, restoreMs: 4000 },
    subject: () => countingProgram(),
    async inject({ metrics }, scene) {
      await scene.attempt(() => wrong(metrics));
    },
    async afterwards({ metrics }) {
      const { body } = await metrics.scrape();
      if (body.includes(traces)) throw new Error(`what was refused is there: ${body}`);
      right(metrics);
    },
  });
}
