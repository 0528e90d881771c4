import { SimulatedClock } from '@sustain/kernel';
import { createMetrics } from '@sustain/ops/metrics';
import { serverFaults } from '@sustain/ops/server';
import { drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { ask } from './asking.ts';
import { type GuardedServer, guardedServer } from './guarded-server.ts';

const file = sourceOf('packages/ops/src/server/metrics-route.ts');

interface Scraped extends GuardedServer {
  /** Asks the program's sensor, before the metrics are read. */
  collect: () => Promise<number> | number;
  readonly clock: SimulatedClock | undefined;
}

const limits = { detectMs: 2000, recoveryMs: 2000, restoreMs: 4000 };

export const collectorThrows = drill<Scraped>({
  name: 'collector-throws',
  fault: serverFaults.METRICS_UNAVAILABLE,
  kind: 'code',
  breaks: 'a sensor that is asked whenever the metrics are collected is not connected',
  recovers: 'each scrape is answered 503, and the next one collects anew; all else is served meanwhile',
  notices: 'gaps in the graphs',
  limits,
  subject: () => scraped(),
  inject(subject, scene) {
    const { collect } = subject;
    subject.collect = () => {
      throw new Error('the sensor is not connected');
    };
    const undo = () => {
      subject.collect = collect;
    };
    scene.inject(startInjection({ what: 'the sensor throws', undo }));
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
  breaks: 'a sensor that is asked when the metrics are collected never answers, once',
  recovers: 'that scrape is answered 503 after 10 s, and the next one collects anew',
  notices: 'a gap in the graphs',
  limits,
  subject: () => scraped(new SimulatedClock()),
  async inject(subject, scene) {
    const { collect, clock } = subject;
    const collecting = Promise.withResolvers<void>();
    subject.collect = () => {
      collecting.resolve();
      subject.collect = collect;
      return Promise.withResolvers<number>().promise;
    };
    const undo = () => undefined; // it answered once no more, and does again
    const what = 'the sensor does not answer';
    scene.inject(
      startInjection({ what, substitute: 'the clock of the server goes on by 10 s at once', undo }),
    );
    const late = scene.attempt(() => scrape(subject));
    await collecting.promise;
    await clock?.advance(SCRAPE_TIMEOUT_MS);
    await late;
  },
  afterwards: othersAreServed,
  sabotage: {
    file,
    replace: 'if (underWay === shared) underWay = undefined;',
    by: 'const forget = () => { underWay = undefined; }; void shared.then(forget, forget);',
  },
});

async function scraped(clock?: SimulatedClock): Promise<Scraped> {
  const own = createMetrics();
  const temperature = own.gauge('sustain_room_celsius', { help: 'Of the room.' });
  const metrics = {
    async scrape() {
      temperature.set(await subject.collect());
      return own.scrape();
    },
  };
  const server = await guardedServer({ server: { metrics, ...(clock && { clock }) } });
  const subject: Scraped = Object.assign(server, { collect: () => 21, clock });
  subject.more = async (signal) => {
    const { body } = await scrape(subject, signal);
    if (!body.includes('sustain_room_celsius 21')) throw new Error(`no temperature in ${body}`);
  };
  return subject;
}

function scrape({ url, client }: GuardedServer, signal?: AbortSignal) {
  return ask(`${url}/metrics`, { headers: client, ...(signal && { signal }) });
}

async function othersAreServed({ url, client }: Scraped): Promise<void> {
  await ask(`${url}/volume`, { headers: client });
}
