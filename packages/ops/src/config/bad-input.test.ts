import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '@sustain/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  type ConfigurationErrorContext,
  defineConfiguration,
  defineSection,
  duration,
  loadConfiguration,
  ratio,
  size,
} from './index.ts';

const definition = defineConfiguration({
  audio: defineSection({
    schema: z.strictObject({
      inputDevice: z.string().min(1).optional(),
      volume: ratio(),
      bufferSize: size(),
      sampleRateHz: z.int().min(8000).max(192_000),
      muted: z.boolean(),
      codec: z.enum(['pcm', 'opus']),
      fade: duration(),
      outputs: z.array(z.strictObject({ name: z.string(), gain: z.number().optional() })),
      apiKey: z.string().min(16).optional(),
    }),
    defaults: {
      volume: '80%',
      bufferSize: '1MB',
      sampleRateHz: 48_000,
      muted: false,
      codec: 'pcm',
      fade: '20ms',
      outputs: [],
    },
  }),
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sustain-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function load(content: string | Uint8Array) {
  const file = join(folder, `sustain-${++files}.yaml`);
  writeFileSync(file, content);
  return loadConfiguration(definition, { file, environment: {} });
}

/** The fault that it is refused with. */
function refusal(read: () => unknown): Fault<string, ConfigurationErrorContext> {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect((error as Fault).code).toBe('CONFIGURATION_ERROR');
    return error as Fault<string, ConfigurationErrorContext>;
  }
  throw new Error('it was taken');
}

describe('a text that is no configuration is refused, with the place and the cure', () => {
  test.each([
    [
      'a tab as indentation',
      'audio:\n\tmuted: true\n',
      'indented with a tab: YAML takes spaces only',
      'line 2, column 1',
    ],
    [
      'a name twice',
      'audio:\n  muted: true\n  codec: pcm\n  muted: false\n',
      'has "muted" twice',
      'line 4, column 3',
    ],
    [
      'a setting in two spellings',
      'audio:\n  buffer_size: 1MB\n  bufferSize: 2MB\n',
      'audio.bufferSize is said twice',
      'line 3, column 3',
    ],
    ['an open bracket', 'audio: {muted: true\n', 'is not YAML', 'line 2'],
    ['several documents', 'audio: {}\n---\naudio: {}\n', 'second document', 'line 2, column 1'],
    [
      'an alias without its anchor',
      'audio: *nowhere\n',
      'alias without its anchor (*nowhere)',
      'line 1, column 8',
    ],
    ['an anchor in itself', 'audio: &a\n  outputs: [*a]\n', 'nested more than 32 levels', 'line'],
    ['a tag', 'audio: !!js/function x\n', 'has a tag', 'line 1, column 8'],
    ['a merge key', 'audio:\n  <<: {muted: true}\n', 'merge key', 'line 2, column 3'],
    ['a map as a name', '? {a: 1}\n: 2\n', 'a name that is no word', 'line 1'],
    ['a list at the root', '- audio\n', 'must be a map of settings', 'line 1, column 1'],
    ['a single value at the root', 'audio\n', 'must be a map of settings', 'line 1, column 1'],
    ['__proto__ at the root', '__proto__: {muted: true}\n', 'has the name "__proto__"', 'line 1, column 1'],
    [
      '__proto__ below',
      'audio:\n  __proto__: {muted: true}\n',
      'has the name "__proto__"',
      'line 2, column 3',
    ],
    [
      'constructor',
      'audio:\n  constructor: {prototype: 1}\n',
      'audio.constructor is not a setting',
      'line 2, column 3',
    ],
  ])('%s', (_what, text, message, place) => {
    const fault = refusal(() => load(text));
    expect(fault.message).toContain(message);
    expect(fault.message).toContain(place);
    expect(({} as Record<string, unknown>)['muted']).toBeUndefined();
  });

  test('a billion laughs: anchors that multiply cost neither memory nor time', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`,
    );
    const fault = refusal(() => load(`l0: &l0 lol\n${levels.join('\n')}\n`));
    expect(fault.message).toMatch(/more than 100 aliases|more than 10000 values/);
  });

  test('more aliases than anybody writes, since each is looked for in the whole text', () => {
    const outputs = (aliases: number) =>
      `audio:\n  outputs: [&one {name: left}${', *one'.repeat(aliases)}]\n`;
    expect(load(outputs(100)).config.audio.outputs).toHaveLength(101);
    expect(refusal(() => load(outputs(101))).message).toContain('has more than 100 aliases (*)');
  });

  test.each([9_000, 200_000])('%d brackets do not overflow the stack', (brackets) => {
    expect(refusal(() => load('['.repeat(brackets))).message).toMatch(
      /nested more than|more than 10000 brackets/,
    );
  });

  test('fifty levels of indentation', () => {
    const deep = Array.from({ length: 50 }, (_, level) => `${' '.repeat(level)}a:`).join('\n');
    expect(refusal(() => load(deep)).message).toContain('nested more than 32 levels');
  });

  test('twenty thousand names are refused at once, and not compared with each other', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n');
    expect(refusal(() => load(names)).message).toContain('more than 10000 values');
  });

  test('ten megabytes', () => {
    const fault = refusal(() => load('# nothing\n'.repeat(1_000_000)));
    expect(fault.message).toContain('is larger than 262144 bytes: a configuration is short');
  });

  test.each([
    ['binary data', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe, 0x00])],
    ['UTF-16', Buffer.from('\ufeffaudio: {}', 'utf16le')],
    ['text with a zero byte', 'audio: {}\0'],
  ])('%s', (_what, bytes) => {
    expect(refusal(() => load(bytes)).message).toContain('is not a text in UTF-8: save it as UTF-8');
  });

  test('a file that is asked for and is not there', () => {
    const file = join(folder, 'nowhere.yaml');
    const fault = refusal(() => loadConfiguration(definition, { file, environment: {} }));
    expect(fault.message).toContain('nowhere.yaml does not exist: correct the path');
  });

  test('a folder, a device and a path under a file', () => {
    const asked = (file: string) =>
      refusal(() => loadConfiguration(definition, { file, environment: {} })).message;
    mkdirSync(join(folder, 'folder.yaml'));
    expect(asked(join(folder, 'folder.yaml'))).toContain('is a folder');
    expect(asked('/dev/zero')).toContain('is no regular file');
    writeFileSync(join(folder, 'file'), '');
    expect(asked(join(folder, 'file', 'sustain.yaml'))).toContain('cannot be read (ENOTDIR)');
  });
});

describe('a text that is odd, and yet one', () => {
  test.each([
    ['empty', ''],
    ['only comments', '# nothing\n'],
    ['a byte order mark and CRLF', '\ufeffaudio:\r\n  muted: false\r\n'],
    ['a section without settings', 'audio:\n'],
    ['a document mark', '---\naudio: {}\n'],
    ['JSON', '{"audio": {"muted": false}}'],
  ])('%s: the defaults', (_what, text) => {
    expect(load(text).config.audio).toEqual({
      volume: 0.8,
      bufferSize: 1_000_000,
      sampleRateHz: 48_000,
      muted: false,
      codec: 'pcm',
      fade: 20,
      outputs: [],
    });
  });

  test('a usual file that is not there: the defaults', () => {
    const loaded = loadConfiguration(definition, {
      defaultFile: join(folder, 'nowhere.yaml'),
      environment: {},
    });
    expect(loaded.file).toBeUndefined();
    expect(loaded.config.audio.codec).toBe('pcm');
  });

  test('as many values as are allowed', () => {
    const outputs = Array.from({ length: 4000 }, (_, index) => `    - name: output ${index}`).join('\n');
    expect(load(`audio:\n  outputs:\n${outputs}\n`).config.audio.outputs).toHaveLength(4000);
  });

  test('an anchor that is used twice', () => {
    const { config } = load('audio:\n  outputs: [&one {name: left}, *one]\n');
    expect(config.audio.outputs).toEqual([{ name: 'left' }, { name: 'left' }]);
  });
});

describe('a setting that is wrong is told by path, place, what was got and what to write', () => {
  test.each([
    ['a misspelt section', 'audoi: {}', 'audoi is not a setting: did you mean "audio"?', 'line 1, column 1'],
    [
      'a misspelt name',
      'audio:\n  mutd: true',
      'audio.mutd is not a setting: did you mean "muted"?',
      'line 2, column 3',
    ],
    [
      'a misspelt name in snake_case',
      'audio:\n  sampel_rate_hz: 1',
      'did you mean "sampleRateHz"?',
      'line 2, column 3',
    ],
    [
      'a misspelt name in a list',
      'audio:\n  outputs:\n    - name: a\n      gian: 1',
      'audio.outputs[0].gian is not a setting: did you mean "gain"?',
      'line 4, column 7',
    ],
    [
      'a name like no other',
      'audio:\n  colour: red',
      'audio.colour is not a setting: there are: inputDevice, volume',
      'line 2, column 3',
    ],
    [
      'the word yes',
      'audio:\n  muted: yes',
      'audio.muted must be true or false; got "yes"',
      'line 2, column 3',
    ],
    [
      'a number as text',
      'audio:\n  sampleRateHz: "48000"',
      'must be a whole number from 8000 to 192000; got "48000"',
      'line 2',
    ],
    [
      'a fraction',
      'audio:\n  sampleRateHz: 44100.5',
      'a whole number from 8000 to 192000; got 44100.5',
      'line 2',
    ],
    ['no number', 'audio:\n  sampleRateHz: .nan', 'a whole number from 8000 to 192000; got NaN', 'line 2'],
    [
      'infinity',
      'audio:\n  sampleRateHz: .inf',
      'a whole number from 8000 to 192000; got Infinity',
      'line 2',
    ],
    [
      'a negative number',
      'audio:\n  sampleRateHz: -1',
      'a whole number from 8000 to 192000; got -1',
      'line 2',
    ],
    [
      'a word that is not offered',
      'audio:\n  codec: mp3',
      'audio.codec must be one of pcm, opus; got "mp3"',
      'line 2',
    ],
    [
      'a map for a value',
      'audio:\n  muted: {a: 1}',
      'audio.muted must be true or false; got a map',
      'line 2',
    ],
    ['a value for a map', 'audio: loud', 'audio must be a map of settings; got "loud"', 'line 1'],
    ['a value for a list', 'audio:\n  outputs: left', 'audio.outputs must be a list; got "left"', 'line 2'],
    [
      'a missing name in a list',
      'audio:\n  outputs: [{gain: 1}]',
      'audio.outputs[0].name must be a text; got nothing',
      'line 2',
    ],
    [
      'a size without a known unit',
      'audio:\n  bufferSize: 10 parsecs',
      'must be a size, such as 10MB (10,000,000 bytes)',
      'line 2',
    ],
    ['a negative size', 'audio:\n  bufferSize: -5', 'must be a size', 'line 2'],
    ['a size that is true', 'audio:\n  bufferSize: true', 'must be a size', 'line 2'],
    [
      'a percentage above all',
      'audio:\n  volume: 180%',
      'must be a percentage such as 80%, or a number from 0 to 1; got "180%"',
      'line 2',
    ],
    [
      'a bare 80 as a part',
      'audio:\n  volume: 80',
      'must be a percentage such as 80%, or a number from 0 to 1; got 80',
      'line 2',
    ],
    ['a time in months', 'audio:\n  fade: 2 months', 'must be a time, such as 250ms, 5m, 30 days', 'line 2'],
    ['a time that is no number', 'audio:\n  fade: .nan', 'must be a time', 'line 2'],
    [
      'an empty text',
      'audio:\n  inputDevice: ""',
      'audio.inputDevice must be a text of 1 or more characters; got ""',
      'line 2',
    ],
  ])('%s', (_what, text, message, place) => {
    const fault = refusal(() => load(text));
    expect(fault.message).toContain(message);
    expect(fault.message).toContain(place);
    expect(fault.context.problems).toHaveLength(1);
  });

  test('all mistakes are told at once', () => {
    const fault = refusal(() => load('audio:\n  muted: maybe\n  codec: mp3\n  volum: 1\n'));
    expect(fault.context.problems.map(({ path }) => path).sort()).toEqual([
      'audio.codec',
      'audio.muted',
      'audio.volum',
    ]);
    expect(fault.context.sections).toEqual(['audio']);
    expect(JSON.parse(JSON.stringify(fault)).code).toBe('CONFIGURATION_ERROR');
  });

  test.each([
    ['hunter2', 'audio.apiKey must be a text of 16 or more characters; got a text of 7 characters'],
    ['31415926', 'audio.apiKey must be a text; got a number'],
  ])('a secret that is wrong is not quoted: %s', (secret, message) => {
    const fault = refusal(() => load(`audio:\n  apiKey: ${secret}\n`));
    expect(fault.message).toContain(message);
    expect(JSON.stringify(fault)).not.toContain(secret);
  });
});
