import { SimulatedClock } from '@sustain/kernel';
import { createMetrics } from '@sustain/ops/metrics';
import { serverFaults } from '@sustain/ops/server';
import { Gauge, Registry } from 'prom-client';
import { drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { ask } from './asking.ts';
import { type GuardedServer, guardedServer } from './guarded-server.ts';

const file = sourceOf('packages/ops/src/server/metrics-route.ts');

interface Scraped extends GuardedServer {
  /** What the program's own gauge does when it is read. */
  collect: () => Promise<void> | void;
}

export const collectorThrows = drill<Scraped>({
  name: 'collector-throws',
  fault: serverFaults.METRICS_UNAVAILABLE,
  kind: 'code',
  breaks: 'a gauge of the program throws whenever the metrics are collected',
  recovers: 'each scrape is answered 503, and the next one collects anew; all else is served meanwhile',
  notices: 'gaps in the graphs',
  subject: () => scraped({}),
  inject(subject, scene) {
    const { collect } = subject;
    subject.collect = () => {
      throw new Error('the sensor is not connected');
    };
    const undo = () => {
      subject.collect = collect;
    };
    scene.inject(startInjection({ what: 'the gauge throws', undo }));
  },
  lastsMs: 20,
  whileBroken: othersAreServed,
  sabotage: { file, replace: 'throw new Refusal(fault, 503);', by: 'throw error;' },
});

const SCRAPE_TIMEOUT_MS = 10_000;

export const collectorHangs = drill<Scraped>({
  name: 'collector-hangs',
  fault: serverFaults.METRICS_UNAVAILABLE,
  kind: 'code',
  breaks: 'a gauge of the program never answers, once',
  recovers: 'that scrape is answered 503 after 10 s, and the next one collects anew',
  notices: 'a gap in the graphs',
  subject: () => {
    const clock = new SimulatedClock();
    return scraped({ clock });
  },
  async inject(subject, scene) {
    const { collect, clock } = subject as Scraped & { clock: SimulatedClock };
    const collecting = Promise.withResolvers<void>();
    subject.collect = () => {
      collecting.resolve();
      subject.collect = collect;
      return Promise.withResolvers<void>().promise;
    };
    const undo = () => undefined; // it answered once no more, and does again
    const what = 'the gauge does not answer';
    scene.inject(
      startInjection({ what, substitute: 'the clock of the server goes on by 10 s at once', undo }),
    );
    const late = scene.attempt(() => scrape(subject));
    await collecting.promise;
    await clock.advance(SCRAPE_TIMEOUT_MS);
    await late;
  },
  afterwards: othersAreServed,
  sabotage: {
    file,
    replace: 'if (underWay === shared) underWay = undefined;',
    by: 'const forget = () => { underWay = undefined; }; void shared.then(forget, forget);',
  },
});

async function scraped({ clock }: { readonly clock?: SimulatedClock }): Promise<Scraped> {
  const registry = new Registry();
  const metrics = createMetrics({ registry });
  let collect: Scraped['collect'] = () => temperature.set(21);
  const temperature = new Gauge({
    name: 'program_temperature_celsius',
    help: 'Of the room.',
    registers: [registry],
    collect: () => collect(),
  });
  const subject = await guardedServer({ server: { metrics, ...(clock && { clock }) } });
  subject.more = async (signal) => {
    const { body } = await scrape(subject, signal);
    if (!body.includes('program_temperature_celsius 21')) throw new Error(`no temperature in ${body}`);
  };
  return Object.defineProperties(subject, {
    collect: {
      get: () => collect,
      set: (other: Scraped['collect']) => {
        collect = other;
      },
    },
    clock: { value: clock },
  }) as Scraped;
}

function scrape({ url, client }: GuardedServer, signal?: AbortSignal) {
  return ask(`${url}/metrics`, { headers: client, ...(signal && { signal }) });
}

async function othersAreServed({ url, client }: Scraped): Promise<void> {
  await ask(`${url}/volume`, { headers: client });
}
