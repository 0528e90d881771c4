import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock as clock, defineFaults, fault, faultRaised, Signals, severity } from '@sustain/kernel';
import { HealthMonitor } from '@sustain/ops/health';
import { createLogging, type LogEntry, logSignals } from '@sustain/ops/log';
import { createMetrics, metricsOfSignals } from '@sustain/ops/metrics';
import { createServer } from '@sustain/ops/server';
import type { BenchFigure } from '../bench-case.ts';

const SECONDS = 60;
const SETTLED_SECONDS = 10;
const A_SECOND = 10_000;
const STEP_MS = 10;
const SOURCES = 20;

const faults = defineFaults('bench', {
  LLM_DOWN: fault<{ readonly provider: string }>({
    category: 'network',
    severity: severity.ERROR,
    recovery: 'none',
    message: ({ provider }) => `${provider} does not answer`,
  }),
});

/**
 * How many MiB the heap grows while 10,000 faults a second are told for a minute to the log, the metrics and a reader of
 * `/api/signals`, after the first ten seconds. Throws when one of them is neither a line nor counted as left out, or
 * not in the metrics.
 */
export async function signals10k(): Promise<BenchFigure> {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-bench-'));
  const signals = new Signals({ clock });
  const logging = createLogging({ outputs: [{ path: join(folder, 'bench.log') }] });
  const stopLog = logSignals(signals, logging);
  const metrics = createMetrics();
  metricsOfSignals(signals, metrics);
  const server = createServer({ port: 0, health: new HealthMonitor({ clock }), metrics, clock, signals });
  const reading = new AbortController();
  try {
    const url = await server.start();
    const stream = await fetch(`${url}/api/signals?type=fault.raised`, { signal: reading.signal });
    const reader = new StreamReader(stream);
    await emitFor(signals, SETTLED_SECONDS);
    const before = heapMib();
    await emitFor(signals, SECONDS - SETTLED_SECONDS);
    const grown = heapMib() - before;
    const scrape = await fetch(`${url}/metrics`);
    expectAll('metrics', sumOf(await scrape.text(), /^sustain_faults_total\{.*\} (\d+)$/gm));
    stopLog();
    await logging.flush();
    expectAll('log', told(readFileSync(join(folder, 'bench.log'), 'utf8')));
    await reader.until(SECONDS * A_SECOND);
    expectAll('event stream', reader.accounted);
    return { value: grown };
  } finally {
    stopLog();
    reading.abort();
    await server.stop();
    await logging.close();
    rmSync(folder, { recursive: true });
  }
}

async function emitFor(signals: Signals, seconds: number): Promise<void> {
  const channel = signals.channel(faultRaised);
  const startMs = clock.monotonicMs();
  let emitted = 0;
  while (emitted < seconds * A_SECOND) {
    const due = Math.min(seconds * A_SECOND, ((clock.monotonicMs() - startMs) / 1000) * A_SECOND);
    for (; emitted < due; emitted++) {
      const component = `source-${emitted % SOURCES}`;
      const fault = faults.LLM_DOWN({ provider: 'x' });
      channel.emit({ fault, context: { component } }, { source: component });
    }
    await clock.sleep(STEP_MS);
  }
}

/** Reads the event stream until it is aborted. */
class StreamReader {
  /** Signals that came, and those of which it was told that they are missing. */
  accounted = 0;

  constructor(stream: Response) {
    this.#read(stream).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
  }

  /** For 10 s at most. */
  async until(accounted: number): Promise<void> {
    const endMs = clock.monotonicMs() + 10_000;
    while (this.accounted < accounted && clock.monotonicMs() < endMs) await clock.sleep(STEP_MS);
  }

  async #read(stream: Response): Promise<void> {
    let rest = '';
    for await (const piece of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.includes('"type":"fault.raised"')) this.accounted++;
        this.accounted += sumOf(line, /"missed":(\d+)/g);
      }
    }
  }
}

/** Faults that have a line in this log, or are counted by one. */
function told(log: string): number {
  const messages = log
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as LogEntry).message);
  const written = messages.filter((message) => message === 'x does not answer').length;
  return written + sumOf(messages.join('\n'), /^… and (\d+) more like this/gm);
}

function sumOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((sum, [, number]) => sum + Number(number), 0);
}

function expectAll(who: string, accounted: number): void {
  const emitted = SECONDS * A_SECOND;
  if (accounted !== emitted) throw new Error(`of ${emitted} faults the ${who} accounts for ${accounted}`);
}

/** After the garbage is collected. */
function heapMib(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 1_048_576;
}
