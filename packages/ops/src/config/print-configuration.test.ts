import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  defineConfiguration,
  defineSection,
  type LoadOptions,
  loadConfiguration,
  loggingSection,
  printConfiguration,
  serverSection,
  storesSection,
} from './index.ts';

const llm = defineSection({
  schema: z.strictObject({
    apiKey: z.string().optional(),
    maxTokens: z.int(),
    endpoint: z.string(),
    note: z.string().optional(),
    headers: z.record(z.string(), z.string()),
    credentials: z.strictObject({ user: z.string(), pin: z.number(), more: z.array(z.string()) }).optional(),
  }),
  defaults: { maxTokens: 4096, endpoint: 'https://llm.example', headers: {} },
});
const definition = defineConfiguration({
  logging: loggingSection,
  server: serverSection,
  stores: storesSection,
  llm,
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sustain-print-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function print(text: string, options: LoadOptions = {}): string {
  const file = join(folder, 'sustain.yaml');
  writeFileSync(file, text);
  return printConfiguration(loadConfiguration(definition, { file, environment: {}, ...options }));
}

describe('the configuration that is printed once at the start', () => {
  test('says beside each setting that is not the default who said so', () => {
    const printed = print('logging:\n  level: DEBUG\n  output:\n    - file: a.log\n', {
      environment: { SUSTAIN_PORT: '8080', SUSTAIN_NONSENSE: '1' },
      flags: { server: { host: 'localhost' } },
    });
    expect(printed).toMatch(/^# From .*sustain\.yaml; what is not noted is a default\.$/m);
    expect(printed).toContain("# Careful: the environment's SUSTAIN_NONSENSE sets nothing");
    expect(printed).toContain('level: DEBUG # sustain.yaml, line 2, column 3\n');
    expect(printed).toMatch(/output:\n\s*# sustain\.yaml, line 3, column 3\n\s*- file: a\.log\n/);
    expect(printed).toContain('port: 8080 # environment SUSTAIN_PORT\n');
    expect(printed).toContain('host: localhost # flag\n');
    expect(printed).toContain('stopTimeoutMs: 3s\n');
  });

  test('is YAML that loads again and means the same', () => {
    const text =
      'logging: {output: [{file: a.log, maxSize: 5MB}, {console: json}]}\nllm: {note: "# \\"odd\\": [text"}\n';
    const printed = print(text);
    const file = join(folder, 'again.yaml');
    writeFileSync(file, printed);
    const again = loadConfiguration(definition, { file, environment: {} });
    writeFileSync(file, text);
    expect(again.config).toEqual(loadConfiguration(definition, { file, environment: {} }).config);
  });

  test('shows no secret, wherever it stands', () => {
    const printed = print(
      [
        'server:',
        '  tokens: [hunter2-hunter2-hunter2, {name: ann, token: hunter2hunter2hunter2}]',
        'llm:',
        '  api_key: hunter2',
        '  endpoint: https://ann:hunter2@llm.example/v1?api_key=hunter2&size=3',
        '  note: "Bearer hunter2"',
        '  headers: {Authorization: hunter2, x-api-key: hunter2, accept: "*/*"}',
        '  credentials: {user: hunter2, pin: 4711, more: [hunter2]}',
      ].join('\n'),
      {
        environment: {
          REDIS_URL: 'redis://:hunter2@localhost:6379',
          DATABASE_URL: 'postgres://u:hunt%20er2@db/x',
        },
      },
    );
    expect(printed).not.toContain('hunter2');
    expect(printed).not.toContain('hunt%20er2');
    const { llm: shown, stores, server } = parse(printed);
    expect(shown).toMatchObject({
      apiKey: '[redacted]',
      maxTokens: 4096,
      endpoint: 'https://[redacted]@llm.example/v1?api_key=[redacted]&size=3',
      note: 'Bearer [redacted]',
      headers: { Authorization: '[redacted]', 'x-api-key': '[redacted]', accept: '*/*' },
      credentials: { user: '[redacted]', pin: '[redacted]', more: ['[redacted]'] },
    });
    expect(stores).toEqual({
      redisUrl: 'redis://[redacted]@localhost:6379',
      databaseUrl: 'postgres://[redacted]@db/x',
    });
    expect(server.tokens).toEqual(['[redacted]', { name: '[redacted]', token: '[redacted]' }]);
  });

  test('moves no cursor: control characters and texts that turn around are replaced', () => {
    const printed = print('llm: {note: "a\\u001b[31mb\\u009bc\\u202ed\\r"}', {
      environment: { 'SUSTAIN_\u001b[2J': 'x' },
    });
    const odd = [...printed].filter((letter) => /[\p{Cc}\u202e]/u.test(letter) && letter !== '\n');
    expect(odd).toEqual([]);
    expect(parse(printed).llm.note).toBe('a\ufffd[31mb\ufffdc\ufffdd\ufffd');
  });

  test('says which sections fell back to their defaults', () => {
    const printed = print('llm: {maxTokens: many}', { onBroken: 'default_fallback' });
    expect(printed).toContain('# "llm" is broken: its defaults are used.');
    expect(printed).toContain('maxTokens: 4096\n');
  });

  test('leaves out the defaults, and sections with nothing else, where only what is changed is asked for', () => {
    const file = join(folder, 'sustain.yaml');
    writeFileSync(
      file,
      'server:\n  rates: {loopback: {burst: 9}}\nllm:\n  headers: {"a.b": c}\n  apiKey: hunter2\n',
    );
    const loaded = loadConfiguration(definition, { file, environment: { SUSTAIN_PORT: '8080' } });
    const printed = printConfiguration(loaded, 'changed');
    expect(printed.replace(/^# From .*\n/, '')).toBe(
      [
        'server:',
        '  port: 8080 # environment SUSTAIN_PORT',
        '  rates:',
        '    loopback:',
        '      burst: 9 # sustain.yaml, line 2, column 22',
        'llm:',
        '  headers:',
        '    a.b: c # sustain.yaml, line 4, column 13',
        `  apiKey: "[redacted]" # sustain.yaml, line 5, column 3`,
        '',
      ].join('\n'),
    );
    expect(printConfiguration(loadConfiguration(definition, { environment: {} }), 'changed')).toBe(
      '# No configuration file: what is not noted is a default.\n',
    );
  });

  test('without a file says so', () => {
    expect(printConfiguration(loadConfiguration(definition, { environment: {} }))).toMatch(
      /^# No configuration file/,
    );
  });
});
