import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultFallback, ErrorHandler, severity } from '@sustain/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  configurationFaults,
  defineConfiguration,
  defineSection,
  duration,
  type LoadOptions,
  loadConfiguration,
  originText,
  serverSection,
  storesSection,
} from './index.ts';

const voice = defineSection({
  schema: z.strictObject({
    hotword: z.string(),
    timeout: duration(),
    channels: z.array(z.string()),
    devices: z.array(z.strictObject({ id: z.int() })),
    loud: z.boolean(),
    providers: z.record(z.string(), z.strictObject({ model: z.string(), retries: z.int().optional() })),
  }),
  defaults: {
    hotword: 'sustain',
    timeout: '5s',
    channels: ['a', 'b'],
    devices: [],
    loud: false,
    providers: {},
  },
});
const audio = defineSection({ schema: z.strictObject({ gain: z.number() }), defaults: { gain: 1 } });
const definition = defineConfiguration({ voice, audio });
const guarded = defineConfiguration({ audio, server: serverSection, stores: storesSection });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sustain-load-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(text: string): string {
  const path = join(folder, 'sustain.yaml');
  writeFileSync(path, text);
  return path;
}

function load(text: string, options: LoadOptions = {}) {
  return loadConfiguration(definition, { file: file(text), environment: {}, ...options });
}

describe('who says something later wins', () => {
  test('defaults, then the file, then the environment, then flags; and all of them can be asked for', () => {
    const loaded = load('voice:\n  hotword: file\n  timeout: 6s\n  channels: [c]\n', {
      environment: { SUSTAIN_VOICE__TIMEOUT: '7s', SUSTAIN_VOICE__CHANNELS: 'd, e' },
      flags: { voice: { channels: ['f'], hotword: undefined } },
    });
    expect(loaded.config.voice).toMatchObject({
      hotword: 'file',
      timeout: 7000,
      channels: ['f'],
      loud: false,
    });
    const said = (path: string) => originText(loaded.originOf(path));
    expect(said('voice.hotword')).toBe('sustain.yaml, line 2, column 3');
    expect(said('voice.timeout')).toBe('environment SUSTAIN_VOICE__TIMEOUT');
    expect(said('voice.channels')).toBe('flag');
    expect(said('voice.channels[0]')).toBe('flag');
    expect(said('voice.loud')).toBe('default');
  });

  test('maps are laid over each other, lists are replaced', () => {
    const loaded = load('voice: {devices: [{id: 1}, {id: 2}], providers: {openai: {model: a, retries: 2}}}', {
      environment: { SUSTAIN_VOICE__DEVICES: '[{id: 3}]', SUSTAIN_VOICE__PROVIDERS__OPENAI__MODEL: 'b' },
    });
    expect(loaded.config.voice.devices).toEqual([{ id: 3 }]);
    expect(loaded.config.voice.providers).toEqual({ openai: { model: 'b', retries: 2 } });
    expect(loaded.originOf('voice.providers.openai.retries').source).toBe('file');
  });

  test('of a list that was replaced nobody is told who said its old items', () => {
    const loaded = load('voice: {channels: [c, d]}', { environment: { SUSTAIN_VOICE__CHANNELS: 'e' } });
    expect(loaded.originOf('voice.channels[1]')).toEqual({
      source: 'environment',
      variable: 'SUSTAIN_VOICE__CHANNELS',
    });
  });

  test('what is loaded is frozen to its depth', () => {
    const { config, settings } = load('voice: {devices: [{id: 1}]}');
    expect(() => Object.assign(config.voice.devices[0] ?? {}, { id: 2 })).toThrow(TypeError);
    expect(() => Object.assign(settings['voice'] as object, { loud: true })).toThrow(TypeError);
  });
});

describe('the environment', () => {
  test.each([
    ['SUSTAIN_VOICE__LOUD', 'true', { loud: true }],
    ['SUSTAIN_VOICE__LOUD', 'on', { loud: true }],
    ['SUSTAIN_VOICE__LOUD', '0', { loud: false }],
    ['SUSTAIN_VOICE__HOTWORD', '42', { hotword: '42' }],
    ['SUSTAIN_VOICE__HOTWORD', 'true', { hotword: 'true' }],
    ['SUSTAIN_VOICE__HOTWORD', '', { hotword: 'sustain' }],
    ['SUSTAIN_VOICE__TIMEOUT', '3', { timeout: 3000 }],
    ['SUSTAIN_VOICE__CHANNELS', 'left,right', { channels: ['left', 'right'] }],
    ['SUSTAIN_VOICE__CHANNELS', '["one, two"]', { channels: ['one, two'] }],
    [
      'SUSTAIN_VOICE__PROVIDERS__GEMINI',
      '{model: x, retries: 1}',
      { providers: { gemini: { model: 'x', retries: 1 } } },
    ],
  ])('%s=%s is what the schema wants of it', (variable, text, expected) => {
    expect(load('', { environment: { [variable]: text } }).config.voice).toMatchObject(expected);
  });

  test.each([
    [
      'SUSTAIN_VOICE__LOUD',
      'loud',
      'voice.loud must be true or false; got "loud" (environment SUSTAIN_VOICE__LOUD)',
    ],
    [
      'SUSTAIN_AUDIO__GAIN',
      '1dB',
      'audio.gain must be a number; got "1dB" (environment SUSTAIN_AUDIO__GAIN)',
    ],
    ['SUSTAIN_AUDIO__GAIN', 'NaN', 'audio.gain must be a number; got "NaN"'],
    ['SUSTAIN_VOICE__DEVICES', '[{id: 1', 'voice.devices must be a list; got "[{id: 1"'],
    [
      'SUSTAIN_VOICE__DEVICES',
      '[{idd: 1}]',
      'voice.devices[0].idd is not a setting: did you mean "id"? (environment SUSTAIN_VOICE__DEVICES)',
    ],
  ])('%s=%s is refused', (variable, text, message) => {
    expect(() => load('', { environment: { [variable]: text } })).toThrow(message);
  });

  test('a variable of ours that sets nothing is warned of, and stops nobody', () => {
    const environment = {
      SUSTAIN_VOICE__HOTWRD: 'x',
      SUSTAIN_VOIC__HOTWORD: 'x',
      SUSTAIN_PROT: '1',
      SUSTAIN___PROTO____X: '1',
      SUSTAIN_OTHER: '1',
      PATH: '/bin',
    };
    const others = defineConfiguration(
      { voice, server: serverSection },
      { otherVariables: ['SUSTAIN_OTHER'] },
    );
    const { warnings } = loadConfiguration(others, { environment });
    expect(warnings).toEqual([
      'the environment\'s SUSTAIN_VOICE__HOTWRD sets nothing: did you mean "hotword"?',
      'the environment\'s SUSTAIN_VOIC__HOTWORD sets nothing: did you mean "voice"?',
      'the environment\'s SUSTAIN_PROT sets nothing: did you mean "SUSTAIN_PORT"?',
      expect.stringContaining('SUSTAIN___PROTO____X sets nothing'),
    ]);
  });

  test('the known names of the sections are honoured, and the longer form wins', () => {
    const environment = {
      SUSTAIN_HOST: 'localhost',
      SUSTAIN_PORT: '8080',
      REDIS_URL: 'redis://localhost:6379',
      DATABASE_URL: 'postgres://user:secret@db/sustain',
    };
    const { config, originOf, warnings } = loadConfiguration(guarded, { environment });
    expect(warnings).toEqual([]);
    expect(config.server).toMatchObject({ host: 'localhost', port: 8080 });
    expect(config.stores).toEqual({ redisUrl: environment.REDIS_URL, databaseUrl: environment.DATABASE_URL });
    expect(originOf('server.port')).toEqual({ source: 'environment', variable: 'SUSTAIN_PORT' });
    const both = { ...environment, SUSTAIN_SERVER__PORT: '9090' };
    expect(loadConfiguration(guarded, { environment: both }).config.server.port).toBe(9090);
  });

  test.each([
    ['-abcdefghijklmnopqrst', ['-abcdefghijklmnopqrst']],
    ['abcdefghijklmnopqrstu, sha256:0123', ['abcdefghijklmnopqrstu', 'sha256:0123']],
    ['[{name: ann, token: abcdefghijklmnopqrstu}]', [{ name: 'ann', token: 'abcdefghijklmnopqrstu' }]],
  ])('tokens are taken as they were made, of which one in 64 begins with a dash: %s', (text, tokens) => {
    const { config } = loadConfiguration(guarded, { environment: { SUSTAIN_TOKEN: text } });
    expect(config.server.tokens).toEqual(tokens);
  });

  test('the password of an address that is refused is not quoted', () => {
    for (const password of ['hunter2', 'hunter2'.repeat(20)]) {
      const environment = { DATABASE_URL: `mysql://user:${password}@db/sustain` };
      expect(() => loadConfiguration(guarded, { environment })).toThrow(
        'stores.databaseUrl must be an address such as postgres://user@host:5432/database; got "mysql://[redacted]@db/sustain"',
      );
    }
  });
});

describe('S1-14: CONFIGURATION_ERROR', () => {
  test('is CRITICAL, recovered by default_fallback and not automatically', () => {
    const { declaration } = configurationFaults.CONFIGURATION_ERROR;
    expect(declaration).toMatchObject({
      severity: severity.CRITICAL,
      recovery: 'default_fallback',
      autoRecoverable: false,
    });
  });

  const broken = 'voice: {hotword: mine, timeout: soon}\naudio: {gain: 2}\nvoize: {}\n';

  test('a broken file is not half-applied: nothing holds, and everything that is wrong is told', () => {
    expect(() => load(broken)).toThrow('voice.timeout must be a time');
    expect(() => load(broken)).toThrow('voize is not a setting: did you mean "voice"?');
  });

  test('S1-28 default_fallback: a broken section is at its defaults as a whole, the others hold, and it is said', () => {
    const loaded = load(broken, { onBroken: 'default_fallback' });
    expect(loaded.config.voice).toMatchObject({ hotword: 'sustain', timeout: 5000 });
    expect(loaded.config.audio.gain).toBe(2);
    expect(loaded.originOf('voice.hotword').source).toBe('default');
    expect(loaded.fault).toMatchObject({ code: 'CONFIGURATION_ERROR', context: { sections: ['voice'] } });
  });

  test('S1-28 default_fallback: through the ErrorHandler, whose strategy answers the configuration', async () => {
    const path = file(broken);
    const options: LoadOptions = { file: path, environment: {} };
    const handler = new ErrorHandler({
      strategies: [
        defaultFallback({
          answer: () => loadConfiguration(definition, { ...options, onBroken: 'default_fallback' }),
        }),
      ],
    });
    const load = () => loadConfiguration(definition, options);
    const error = await Promise.resolve()
      .then(load)
      .catch((reason: unknown) => reason);
    const response = await handler.handleError(error, { component: 'configuration' });
    expect(response).toMatchObject({ handled: true, recovered: true, fallbackUsed: true });
    expect((response.output as ReturnType<typeof load>).config.audio.gain).toBe(2);
  });

  test('a file that cannot be read as a whole leaves all sections at their defaults', () => {
    const loaded = load('voice: [', {
      onBroken: 'default_fallback',
      environment: { SUSTAIN_AUDIO__GAIN: '3' },
    });
    expect(loaded.config).toMatchObject({ voice: { hotword: 'sustain' }, audio: { gain: 1 } });
    expect(loaded.fault?.context['sections']).toEqual(['voice', 'audio']);
  });

  test.each([
    ['a broken section that says who may enter', 'server: {tokens: [5]}'],
    ['a misspelt section, which may be that one', 'sever: {tokens: [a-token-of-some-length]}'],
    ['a file that nobody can read, and that may have said so', 'server: ['],
  ])('%s refuses the defaults, which would open the door', (_what, text) => {
    const options: LoadOptions = { file: file(text), environment: {}, onBroken: 'default_fallback' };
    expect(() => loadConfiguration(guarded, options)).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_REFUSED', recovery: 'escalate' }),
    );
  });

  test('who expects CONFIGURATION_ERROR also gets CONFIGURATION_REFUSED', () => {
    const fault = configurationFaults.CONFIGURATION_REFUSED({ problems: [], sections: ['server'] });
    expect(configurationFaults.CONFIGURATION_ERROR.matches(fault)).toBe(true);
  });

  test('a section whose transform throws is broken, and its word is told', () => {
    const thrower = defineSection({
      schema: z.strictObject({ size: z.number() }).transform(({ size }) => {
        if (size > 1) throw new RangeError(`size must be 1; got ${size}`);
        return size;
      }),
      defaults: { size: 1 },
    });
    const options = { environment: { SUSTAIN_PART__SIZE: '2' } };
    expect(() => loadConfiguration(defineConfiguration({ part: thrower }), options)).toThrow(
      'part is refused (size must be 1; got 2)',
    );
  });
});

describe('a definition', () => {
  test('refuses defaults that its own schema refuses, and names that are no words', () => {
    const wrong = { ...audio, defaults: { gain: 'loud' } };
    expect(() => defineConfiguration({ wrong })).toThrow('wrong.gain must be a number; got "loud"');
    expect(() => defineConfiguration({ wrong: { ...audio, defaults: { gian: 1 } } })).toThrow(
      'did you mean "gain"?',
    );
    expect(() => defineConfiguration({ 'a.b': audio })).toThrow('must be a word in camelCase; got "a.b"');
  });

  test('tells editors what may be written, as JSON Schema', () => {
    expect(definition.jsonSchema).toMatchObject({
      type: 'object',
      additionalProperties: false,
      properties: { voice: { properties: { loud: { type: 'boolean' } }, additionalProperties: false } },
    });
  });
});
