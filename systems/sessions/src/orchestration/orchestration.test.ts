import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineOrchestration } from './index.ts';

const stage = { name: 'shoot', run: () => 1 };
const good = { name: 'film', input: z.object({ title: z.string() }), stages: [stage] };

it('is answered as it was given', () => {
  expect(defineOrchestration(good)).toBe(good);
});

it.each<[string, object, string]>([
  ['no name', { name: '' }, 'the name of an orchestration must be'],
  ['a name that begins with no letter', { name: '__proto__' }, 'got __proto__'],
  ['no schema', { input: {} }, 'input.safeParse of the orchestration film must be a function'],
  ['no stage', { stages: [] }, 'must be 1 to 32 stages'],
  ['too many', { stages: Array.from({ length: 33 }, (_, at) => ({ ...stage, name: `s${at}` })) }, '1 to 32'],
  ['two of one name', { stages: [stage, stage] }, 'names of their own; got shoot twice'],
  ['a stage without a name', { stages: [{ ...stage, name: 'a b' }] }, 'a stage of the orchestration film'],
  [
    'a stage that does nothing',
    { stages: [{ name: 'shoot' }] },
    'run of the stage shoot of the orchestration film',
  ],
  ['no time', { stages: [{ ...stage, timeoutMs: 0 }] }, 'timeoutMs of the stage shoot'],
  [
    'no attempt',
    { stages: [{ ...stage, retry: { maxAttempts: 0 } }] },
    'retry.maxAttempts of the stage shoot',
  ],
  ['an onError that is none', { stages: [{ ...stage, onError: 'skip' }] }, 'onError of the stage shoot'],
])('is refused at its definition: %s', (_what, wrong, message) => {
  expect(() => defineOrchestration({ ...good, ...wrong } as never)).toThrow(message);
});
