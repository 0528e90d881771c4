import { join } from 'node:path';
import { defineFaults, fault, faultRaised, Signals, severity } from '@sustain/kernel';
import { expect, inject, it } from 'vitest';
import { createLogging, logSignals } from './index.ts';
import { linesOf, newFolder } from './log-reading.fixture.ts';

const faults = defineFaults('bot', {
  LLM_DOWN: fault<{ provider: string }>({
    category: 'network',
    severity: severity.ERROR,
    recovery: 'cached_response',
    message: ({ provider }) => `${provider} does not answer`,
  }),
});

it('10,000 signals a second grow no memory, and each is either a line or counted', async () => {
  const seconds = inject('long') ? 60 : 5;
  const { folder, remove } = newFolder();
  const signals = new Signals();
  const logging = createLogging({ outputs: [{ path: join(folder, 'bot.log') }] });
  const stop = logSignals(signals, logging, { windowMs: 1000 });
  const channel = signals.channel(faultRaised);
  const sizes: number[] = [];
  for (let second = 0; second < seconds; second++) {
    for (let part = 0; part < 100; part++) {
      for (let n = 0; n < 100; n++) {
        const component = `source-${n % 20}`;
        channel.emit(
          { fault: faults.LLM_DOWN({ provider: 'x' }), context: { component } },
          { source: component },
        );
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    sizes.push(process.memoryUsage().heapUsed);
  }
  stop();
  await logging.close();
  const lines = linesOf(join(folder, 'bot.log')).map((line) => JSON.parse(line) as { message: string });
  const leftOut = lines.reduce(
    (sum, { message }) => sum + Number(/^… and (\d+) more/.exec(message)?.[1] ?? 0),
    0,
  );
  const written = lines.filter(({ message }) => message === 'x does not answer').length;
  remove();
  console.info(
    `of ${seconds * 10_000} signals ${written} lines, ${leftOut} left out; heap ${sizes.at(-1)} bytes`,
  );
  expect(written + leftOut).toBe(seconds * 10_000);
  expect(Math.max(...sizes.slice(1)) - (sizes[0] as number)).toBeLessThan(64 * 1_048_576);
});
