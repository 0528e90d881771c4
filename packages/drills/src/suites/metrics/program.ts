import { Signals } from '@sustain/kernel';
import { createMetrics, type Metrics } from '@sustain/ops/metrics';
import type { DrillSubject } from '../../drill/index.ts';

/** A program that counts its phrases, and is scraped. */
export interface CountingProgram extends DrillSubject {
  metrics: Metrics;
  /** Ends this run of it, and begins the next one. */
  restart(): void;
}

export function countingProgram(): CountingProgram {
  let phrases = 0;
  const program: CountingProgram = {
    drillable: true,
    signals: new Signals(),
    metrics: createMetrics(),
    restart() {
      program.metrics.close();
      program.metrics = createMetrics();
      phrases = 0;
    },
    async use() {
      const { metrics } = program;
      metrics.counter('sustain_phrases_total', { help: 'Phrases played.' }).add();
      const wanted = `sustain_phrases_total ${++phrases}\n`;
      const { body } = await metrics.scrape();
      if (!body.includes(wanted)) throw new Error(`expected ${wanted} in ${body}`);
      return 'full';
    },
    close: () => program.metrics.close(),
  };
  return program;
}
