import { expect, it } from 'vitest';
import { randomIds } from './random-ids.ts';

it('ids are of 128 bits, and each is another one, also of makers beside each other', () => {
  const [one, other] = [randomIds(), randomIds()];
  const made = Array.from({ length: 1000 }, () => [one(), other()]).flat();
  expect(new Set(made).size).toBe(2000);
  expect(made.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
});
