import { expect, test } from 'vitest';
import { recordLayout } from './record-layout.ts';

test('a record is declared and written in the same order', () => {
  const layout = recordLayout({ count: 'u32', gain: 'f32' });
  expect(layout.declare('Voice')).toBe('struct Voice {\n  count: u32,\n  gain: f32,\n}\n');
  const view = new DataView(new ArrayBuffer(layout.words * 4 * 2));
  layout.write(view, 1, { gain: 0.5, count: 2 ** 32 - 1 });
  expect(new Uint32Array(view.buffer)).toEqual(new Uint32Array([0, 0, 2 ** 32 - 1, 0x3f000000]));
});
