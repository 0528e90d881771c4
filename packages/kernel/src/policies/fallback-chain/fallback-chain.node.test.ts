import { expect, test } from 'vitest';
import { defineFaults, fault, severity } from '../../faults/index.ts';
import { timeout } from '../index.ts';
import { workshop } from './workshop.fixture.ts';

test('agents-js#2399: an unrecoverable error of a child kills nothing while the fallback proceeds', async () => {
  const faults = defineFaults('voice', {
    MODEL_GONE: fault({
      category: 'llm',
      severity: severity.CRITICAL,
      recovery: 'escalate',
      message: 'the model is gone',
    }),
  });
  const unheard: unknown[] = [];
  const onUnhandled = (error: unknown) => unheard.push(error);
  process.on('unhandledRejection', onUnhandled);
  const { clock, chain, heard } = workshop(
    ['a', 'b'],
    {},
    {
      a: {
        policies: [timeout(50)],
        run: async () => {
          await clock.sleep(80);
          throw faults.MODEL_GONE({});
        },
      },
      b: { run: () => clock.sleep(100).then(() => 'b') },
    },
  );
  expect(await clock.run(chain.run('hello'))).toBe('b');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onUnhandled);
  expect(unheard).toEqual([]);
  expect(heard).toEqual(['a → b: error']);
  expect(await clock.run(chain.run('again'))).toBe('b');
});
