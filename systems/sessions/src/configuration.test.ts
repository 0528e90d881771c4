import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfiguration, loadConfiguration } from '@sustain/ops/config';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sessionsSection } from './configuration.ts';

const definition = defineConfiguration({ sessions: sessionsSection });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sustain-sessions-configuration-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(text: string, environment: Readonly<Record<string, string>> = {}) {
  const file = join(folder, 'sustain.yaml');
  writeFileSync(file, text);
  return loadConfiguration(definition, { file, environment }).config.sessions;
}

/** The error handling configuration of seed 004, in its spelling. */
const seed004 = `sessions:
  enable_fallback: true
  retry_config:
    max_attempts: 3
    base_delay: 1.0
    max_delay: 30.0
    exponential_base: 2.0
    jitter: true
    backoff_strategy: "exponential"
`;

test('S4-13, S4-14: the configuration of seed 004 loads in its spelling and means what it says', () => {
  expect(load(seed004)).toMatchObject({
    enableFallback: true,
    retry: {
      maxAttempts: 3,
      baseDelayMs: 1000,
      maxDelayMs: 30_000,
      exponentialBase: 2,
      jitter: true,
      backoffStrategy: 'exponential',
    },
  });
});

test('without a file the defaults are those of the seed', () => {
  expect(loadConfiguration(definition, { environment: {} }).config.sessions).toEqual(load(seed004));
});

test('each setting can be set', () => {
  const { retry } = load(
    'sessions: {retryConfig: {maxAttempts: 5, baseDelay: 250ms, maxDelay: 5s, exponentialBase: 3, jitter: false, backoffStrategy: linear}}',
  );
  expect(retry).toEqual({
    maxAttempts: 5,
    baseDelayMs: 250,
    maxDelayMs: 5000,
    exponentialBase: 3,
    jitter: false,
    backoffStrategy: 'linear',
  });
  expect(load('', { SESSIONS_INSTANCE: 'a', SESSIONS_TOKEN_SECRET: 'x'.repeat(32) })).toMatchObject({
    instance: 'a',
    tokenSecrets: ['x'.repeat(32)],
  });
});

test.each([
  ['sessions: {retry_config: {max_attempts: 0}}', /retryConfig.maxAttempts/],
  ['sessions: {instance: "a/b"}', /1 to 64 letters, digits/],
  ['sessions: {ttl: 30}', /a time with its unit/],
  ['sessions: {redisDurability: volatile}', /process-death/],
  ['sessions: {fallback: true}', /fallback/],
])('%s stops the program, and says what is wrong', (text, message) => {
  expect(() => load(text)).toThrow(message);
});
