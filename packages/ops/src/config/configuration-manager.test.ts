import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Signals, SimulatedClock } from '@sustain/kernel';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  ConfigurationManager,
  type ConfigurationManagerOptions,
  configurationChanged,
  configurationRejected,
  defineConfiguration,
  defineSection,
  size,
} from './index.ts';

const definition = defineConfiguration({
  audio: defineSection({
    schema: z.strictObject({
      inputDevice: z.string().min(1).optional(),
      volume: z.number().min(0).max(1),
      bufferSize: size(),
      outputs: z.array(z.strictObject({ name: z.string(), gain: z.number().optional() })),
    }),
    defaults: { volume: 1, bufferSize: '1MB', outputs: [{ name: 'main', gain: 2 }] },
  }),
  voice: defineSection({ schema: z.strictObject({ hotword: z.string() }), defaults: { hotword: 'hey' } }),
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sustain-manager-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function managerOf(text?: string, options: ConfigurationManagerOptions = {}) {
  const file = join(folder, 'sustain.yaml');
  if (text !== undefined) writeFileSync(file, text);
  const manager = new ConfigurationManager(definition, {
    environment: {},
    ...(text !== undefined && { file }),
    ...options,
  });
  return { manager, write: (next: string) => writeFileSync(file, next), file };
}

describe('S1-29: settings are read and set while running', () => {
  test('S1-21: the device that a recovery chose is set under the name that the seed uses', () => {
    const { manager } = managerOf();
    expect(manager.get('audio.input_device')).toBeUndefined();
    manager.set('audio.input_device', 'usb-2');
    expect(manager.get('audio.inputDevice')).toBe('usb-2');
    expect(manager.config.audio.inputDevice).toBe('usb-2');
    expect(manager.loaded.originOf('audio.inputDevice')).toEqual({ source: 'set' });
    manager.set('audio.input_device', undefined);
    expect(manager.config.audio).not.toHaveProperty('inputDevice');
  });

  test('a setting is read as it is written, and the options have what it means', () => {
    const { manager } = managerOf('audio: {bufferSize: 2 MiB}');
    expect(manager.get('audio.buffer_size')).toBe('2 MiB');
    expect(manager.config.audio.bufferSize).toBe(2_097_152);
    expect(manager.get('audio.outputs[0].name')).toBe('main');
    expect(manager.get('audio.outputs[7].name')).toBeUndefined();
  });

  test('what is set wins over the file, also when it is read again, until it is taken back', () => {
    const { manager, write } = managerOf('audio: {volume: 0.5}');
    manager.set('audio.volume', 0.1);
    write('audio: {volume: 0.6}\nvoice: {hotword: hi}\n');
    expect(manager.reload()).toEqual({ state: 'changed', paths: ['voice.hotword'] });
    expect(manager.get('audio.volume')).toBe(0.1);
    manager.set('audio.volume', null);
    expect(manager.get('audio.volume')).toBe(0.6);
  });

  test('a part of an item of a list is set, and the rest of the list stays', () => {
    const { manager } = managerOf('audio: {outputs: [{name: a, gain: 1}, {name: b}]}');
    manager.set('audio.outputs[1].gain', 3);
    expect(manager.config.audio.outputs).toEqual([
      { name: 'a', gain: 1 },
      { name: 'b', gain: 3 },
    ]);
  });

  test('the options of sections that nobody touched stay the same objects', () => {
    const { manager } = managerOf();
    const { audio, voice } = manager.config;
    manager.set('audio.volume', 0.5);
    expect(manager.config.voice).toBe(voice);
    expect(manager.config.audio).not.toBe(audio);
  });

  test('a map is laid over what was set before', () => {
    const { manager } = managerOf();
    manager.set('audio.volume', 0.5);
    manager.set('audio', { buffer_size: '3MB' });
    expect(manager.config.audio).toMatchObject({ volume: 0.5, bufferSize: 3_000_000 });
  });

  test.each([
    ['audio.volume', 2, 'audio.volume must be a number from 0 to 1; got 2 (set while running)'],
    ['audio.volume', Number.NaN, 'audio.volume must be a number from 0 to 1; got NaN'],
    ['audio.volum', 1, 'audio.volum is not a setting: did you mean "volume"?'],
    ['audio.volume.loud', 1, 'audio.volume.loud is not a setting'],
    ['video.volume', 1, 'video is not a setting'],
    ['audio.__proto__.x', 1, 'is not a setting'],
    ['audio', { loud: true }, 'audio.loud is not a setting'],
    ['', { video: {} }, 'video is not a setting'],
  ])('set(%j, %j) is refused and changes nothing', (path, value, message) => {
    const { manager } = managerOf();
    const before = manager.loaded;
    expect(() => manager.set(path, value)).toThrow(message);
    expect(manager.loaded).toBe(before);
  });

  test('a value that holds itself is refused', () => {
    const circle: Record<string, unknown> = { name: 'a' };
    circle['gain'] = circle;
    expect(() => managerOf().manager.set('audio.outputs', [circle])).toThrow('must be a number; got a map');
    const list: unknown[] = ['a'];
    list.push(list, list);
    expect(() => managerOf().manager.set('audio.outputs', list)).toThrow(
      'must be a map of settings; got a list',
    );
    const free = defineConfiguration({ any: defineSection({ schema: z.unknown(), defaults: {} }) });
    const anything = new ConfigurationManager(free, { environment: {} });
    expect(() => anything.set('any', { list })).toThrow('is nested more than 32 levels deep');
    expect(() => anything.set('any', { list: Array(10_000).fill(1) })).toThrow('has more than 10000 values');
  });

  test('whatever is set, what holds satisfies the schema, and a refusal changes nothing', () => {
    const { manager } = managerOf();
    const paths = fc.constantFrom(
      'audio.volume',
      'audio.bufferSize',
      'audio.outputs',
      'audio',
      'voice.hotword',
    );
    fc.assert(
      fc.property(paths, fc.anything(), (path, value) => {
        const before = manager.loaded;
        try {
          manager.set(path, value);
        } catch (error) {
          expect(error).toMatchObject({ code: 'CONFIGURATION_ERROR' });
          expect(manager.loaded).toBe(before);
        }
        const { volume, bufferSize } = manager.config.audio;
        expect(volume >= 0 && volume <= 1 && Number.isSafeInteger(bufferSize)).toBe(true);
        expect(typeof manager.config.voice.hotword).toBe('string');
      }),
      { numRuns: 200, seed: 5 },
    );
  });
});

describe('onChange', () => {
  test('tells who asked for the setting, for what it is in or for all, and nobody else', () => {
    const { manager } = managerOf();
    const heard: string[] = [];
    manager.onChange('audio.volume', (value, previous) => heard.push(`volume ${previous} → ${value}`));
    manager.onChange('audio', () => heard.push('audio'));
    manager.onChange('', () => heard.push('all'));
    manager.onChange('voice', () => heard.push('voice'));
    manager.set('audio.volume', 0.5);
    manager.set('audio.volume', 0.5);
    expect(heard).toEqual(['volume 1 → 0.5', 'audio', 'all']);
  });

  test('a listener that throws is counted and keeps nobody from hearing; one that has stopped hears nothing', () => {
    const { manager } = managerOf();
    const heard: unknown[] = [];
    manager.onChange('audio.volume', () => {
      throw new Error('explodes');
    });
    const stop = manager.onChange('audio.volume', (value) => heard.push(value));
    manager.set('audio.volume', 0.5);
    stop();
    stop();
    manager.set('audio.volume', 0.6);
    expect(heard).toEqual([0.5]);
    expect(manager.counts).toMatchObject({ listenerErrors: 2, lastListenerError: { message: 'explodes' } });
  });

  test('a listener that sets something else sees it hold, and the whole is never torn', () => {
    const { manager } = managerOf();
    manager.onChange('audio.volume', (value) => manager.set('voice.hotword', `at ${String(value)}`));
    manager.set('audio.volume', 0.5);
    expect(manager.config).toMatchObject({ audio: { volume: 0.5 }, voice: { hotword: 'at 0.5' } });
  });

  test('what a listener sets others hear once and last, and one that it has stopped hears nothing more', () => {
    const { manager } = managerOf();
    const heard: string[] = [];
    manager.onChange('audio.volume', (value) => {
      if (value !== 0.5) return;
      manager.set('audio.volume', 0.7);
      stop();
    });
    manager.onChange('audio.volume', (value, previous) => heard.push(`${previous} → ${value}`));
    manager.onChange('voice', () => heard.push('voice'));
    const stop = manager.onChange('voice', () => heard.push('stopped'));
    manager.set('', { audio: { volume: 0.5 }, voice: { hotword: 'ho' } });
    expect(heard).toEqual(['1 → 0.7', 'voice', 'stopped']);
    manager.set('voice.hotword', 'hi');
    expect(heard.slice(3)).toEqual(['voice']);
  });

  test('a setting that does not exist cannot be listened to', () => {
    expect(() => managerOf().manager.onChange('audio.pitch', () => undefined)).toThrow(
      'audio.pitch is not a setting',
    );
  });
});

describe('reload', () => {
  test('an invalid new file keeps the old configuration as a whole, and raises the fault', () => {
    const signals = new Signals({ clock: new SimulatedClock() });
    const told: string[] = [];
    signals.on(configurationRejected, ({ data }) => told.push(data.fault.code));
    signals.on(configurationChanged, ({ data }) => told.push(...data.paths));
    const { manager, write } = managerOf('audio: {volume: 0.5}', { signals, onBroken: 'default_fallback' });
    const before = manager.loaded;
    write('audio: {volume: 0.6}\nvoice: {hotword: 5}\n');
    expect(manager.reload()).toMatchObject({ state: 'rejected', fault: { code: 'CONFIGURATION_ERROR' } });
    expect(manager.loaded).toBe(before);
    write('audio: {volume: 0.6');
    expect(manager.reload().state).toBe('rejected');
    write('audio: {volume: 0.6}');
    expect(manager.reload().state).toBe('changed');
    expect(manager.reload().state).toBe('unchanged');
    expect(told).toEqual(['CONFIGURATION_ERROR', 'CONFIGURATION_ERROR', 'audio.volume']);
  });

  test('a file that is gone keeps the old configuration, also when nobody had asked for that file', () => {
    const { manager, file } = managerOf('audio: {volume: 0.5}', {
      file: undefined,
      defaultFile: join(folder, 'sustain.yaml'),
    });
    rmSync(file);
    expect(manager.reload()).toMatchObject({ state: 'rejected' });
    expect(manager.get('audio.volume')).toBe(0.5);
  });

  test('what fell back at the start can be set, and holds when the file is mended', () => {
    const { manager, write } = managerOf('audio: {volume: loud}', { onBroken: 'default_fallback' });
    expect(manager.loaded.fault?.code).toBe('CONFIGURATION_ERROR');
    manager.set('voice.hotword', 'ho');
    expect(manager.loaded.fault?.code).toBe('CONFIGURATION_ERROR');
    write('audio: {volume: 0.3}');
    expect(manager.reload()).toEqual({ state: 'changed', paths: ['audio.volume'] });
    expect(manager.loaded.fault).toBeUndefined();
    expect(manager.get('voice.hotword')).toBe('ho');
  });

  test('what the environment said of a section that fell back counts again when the file is mended', () => {
    const environment = { SUSTAIN_AUDIO__BUFFER_SIZE: '5MB', SUSTAIN_VOICE__HOTWORD: 'ho' };
    const { manager, write } = managerOf('audio: {volume: loud}', {
      onBroken: 'default_fallback',
      environment,
    });
    expect(manager.config).toMatchObject({ audio: { bufferSize: 1_000_000 }, voice: { hotword: 'ho' } });
    write('audio: {volume: 0.3}');
    expect(manager.reload()).toMatchObject({ state: 'changed' });
    expect(manager.config.audio).toMatchObject({ volume: 0.3, bufferSize: 5_000_000 });
  });

  test('what the environment itself has broken stays at its defaults, and the file can still be mended', () => {
    const { manager, write } = managerOf('voice: {hotword: 5}', {
      onBroken: 'default_fallback',
      environment: { SUSTAIN_AUDIO__VOLUME: 'loud', SUSTAIN_VOICE__HOTWORD: '' },
    });
    write('voice: {hotword: hi}');
    expect(manager.reload()).toMatchObject({ state: 'changed', paths: ['voice.hotword'] });
    expect(manager.config.audio.volume).toBe(1);
  });
});
