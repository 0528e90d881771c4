import { describe, expect, it } from 'vitest';
import { reset } from './index.ts';
import { through } from './through.fixture.ts';

describe('reset', () => {
  it('comes at once when nothing else is said', () => {
    expect(reset()).toMatchObject({ resetsAtOnce: true });
    expect(reset({ midMessage: true })).not.toHaveProperty('resetsAtOnce');
  });

  it('comes after so many bytes, in the middle of a chunk if need be', () => {
    const toxic = reset({ afterBytes: 5 });
    expect(
      through(toxic, [
        ['abc', 0],
        ['def', 1],
      ]),
    ).toMatchObject([
      { fate: 'pass', bytes: 'abc', atMs: 0 },
      { fate: 'reset', bytes: 'de' },
    ]);
    expect(through(toxic, [['abcde', 0]])).toMatchObject([{ fate: 'reset', bytes: 'abcde' }]);
  });

  it('comes mid-message: half of it passes', () => {
    expect(through(reset({ midMessage: true }), [['abcdef', 0]])).toMatchObject([
      { fate: 'reset', bytes: 'abc' },
    ]);
    expect(through(reset({ midMessage: true }), [['a', 0]])).toMatchObject([{ fate: 'reset', bytes: '' }]);
  });

  it.each([0, 1.5, -1, Number.NaN])('refuses %d bytes', (afterBytes) => {
    expect(() => reset({ afterBytes })).toThrow(
      `afterBytes must be a whole number from 1; got ${afterBytes}`,
    );
  });
});
