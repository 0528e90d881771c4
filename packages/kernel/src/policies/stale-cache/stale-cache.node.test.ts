import { expect, test } from 'vitest';
import { revalidationFailed } from '../index.ts';
import { workshop } from './weather.fixture.ts';

test('a stale answer that could not be renewed in the background is told by a signal, and nothing is unhandled', async () => {
  const { clock, ask, failing, signals, attempts } = workshop({ staleWhileRevalidateMs: 50 });
  const unheard: unknown[] = [];
  const onUnhandled = (error: unknown) => unheard.push(error);
  process.on('unhandledRejection', onUnhandled);
  const heard: unknown[] = [];
  signals.on(revalidationFailed, ({ source, data }) => heard.push({ source, data }));
  await ask();
  await clock.advance(100);
  failing.error = new Error('down');
  expect(await ask()).toBe('answer 1');
  await clock.advance(10);
  expect(heard).toEqual([{ source: 'weather', data: { key: 'berlin', error: failing.error } }]);
  expect(await ask()).toBe('answer 1');
  expect(attempts).toHaveLength(3);
  await clock.advance(10);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onUnhandled);
  expect(unheard).toEqual([]);
});
