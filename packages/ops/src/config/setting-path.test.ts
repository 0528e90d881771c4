import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePath, pathText } from './setting-path.ts';

describe('the path of a setting', () => {
  test('is read as it is written, whatever the names', () => {
    const step = fc.oneof(
      fc.nat(),
      fc.constantFrom('a.b', 'gpt-4.1', '7', '"', '\\', '\\"', '[0]', ']', 'ü', ' '),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(fc.property(fc.array(step), (path) => void expect(parsePath(pathText(path))).toEqual(path)));
  });

  test.each([
    ['logging.output[0].maxSize', ['logging', 'output', 0, 'maxSize']],
    ['logging.output.0', ['logging', 'output', 0]],
    ['models["gpt-4.1"].n', ['models', 'gpt-4.1', 'n']],
    ['models["\\x"]', ['models', '\\x']],
    ['', []],
    ['..[]', []],
  ])('%s', (text, path) => {
    expect(parsePath(text)).toEqual(path);
  });
});
