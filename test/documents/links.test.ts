import { expect, it } from 'vitest';
import { brokenLinks } from './links.ts';

it('finds links and images that lead nowhere, from where the document stands', () => {
  const document = [
    '[the rules](../CONTRIBUTING.md), [a part](faults.md#kernel), [elsewhere](https://example.org/x.md)',
    '![a picture](nowhere.png) and [a file](../docs/nothing.md#part) and `[code](`',
  ].join('\n');
  expect(brokenLinks('docs/example.md', document)).toEqual([
    'docs/example.md:2: there is no nowhere.png',
    'docs/example.md:2: there is no ../docs/nothing.md',
  ]);
});
