import type { Contender } from './seen-by-sentry.ts';
import { SeenTimes } from './seen-times.ts';

// One contender alone: what V8 learns from one must not slow another down, and Sentry changes how long all stacks are.
// Every message is a round, and answered with the figures so far.

const [, , contender = 'sentry', folder = ''] = process.argv;
const see = await start();
const times = new SeenTimes();
process.on('message', async () => {
  await times.round(see);
  process.send?.({ p50: times.quantile(0.5), p99: times.quantile(0.99) });
});
process.send?.('ready');

async function start(): Promise<Contender> {
  if (contender === 'sentry') return (await import('./seen-by-sentry.ts')).seenBySentry();
  return (await import('./seen-by-us.ts')).seenByUs(folder, contender === 'every-stack' ? 0 : 1000);
}
