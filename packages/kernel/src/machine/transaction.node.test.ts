import { expect, test } from 'vitest';
import { fails, world } from './transaction.fixture.ts';

test('the deadlines of a transaction drop what an abandoned step comes to', async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', onUnhandled);
  const { clock, step, run } = world();
  const late = step('a', { do: () => clock.sleep(500).then(fails) });
  expect(await run([late], { deadlineMs: 50, graceMs: 30 })).toMatchObject({ abandoned: true });
  await clock.advance(1000);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled).toEqual([]);
});
