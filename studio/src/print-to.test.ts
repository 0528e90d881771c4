import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { printTo } from './print-to.ts';

test('what a slow reader does not take is dropped, and counted when it reads again', () => {
  const taken: string[] = [];
  let next: (() => void) | undefined;
  const slow = new Writable({
    highWaterMark: 5,
    decodeStrings: false,
    write(text: string, _encoding, done) {
      taken.push(text);
      next = done;
    },
  });
  const print = printTo(slow);
  print('first line\n');
  print('second line\n');
  print('third line\n');
  next?.();
  slow.once('drain', () => print('fourth line\n'));
  slow.emit('drain');
  next?.();
  expect(taken.join('')).toBe('first line\n(2 lines could not be written)\nfourth line\n');
});

test('a reader that is gone ends nothing', async () => {
  const gone = new Writable({
    write(_text, _encoding, done) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    },
  });
  const print = printTo(gone);
  print('anyone?\n');
  await new Promise((resolve) => gone.once('close', resolve));
  expect(() => print('no?\n')).not.toThrow();
});
