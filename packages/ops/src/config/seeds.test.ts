import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  alertsSection,
  defineConfiguration,
  healthSection,
  loadConfiguration,
  loggingSection,
} from './index.ts';
import { seed001, seed002, seed004 } from './seeds.fixture.ts';

const definition = defineConfiguration({
  logging: loggingSection,
  alerts: alertsSection,
  health: healthSection,
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sustain-seeds-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(text: string) {
  const file = join(folder, 'sustain.yaml');
  writeFileSync(file, text);
  return loadConfiguration(definition, { file, environment: {} });
}

test('S1-37 to S1-41: the logging block of seed 001 loads as it stands and means what it says', () => {
  expect(load(seed001).config.logging).toEqual({
    level: 'INFO',
    outputs: [
      { path: 'logs/bot.log', maxSizeBytes: 10_000_000, backupCount: 5, compress: true },
      { console: 'json' },
    ],
    errorsFile: {},
    performance: { enabled: true, thresholdMs: 1000 },
    errors: { detailedContext: true, includeStackTrace: true },
    redaction: {},
  });
});

test('S1-56 to S1-60: the alerts block of seed 001 loads as it stands and means what it says', () => {
  expect(load(seed001).config.alerts).toEqual({
    criticalErrors: { enabled: true, threshold: 1, cooldownMs: 300_000, channels: ['console', 'log_file'] },
    performanceDegradation: {
      enabled: true,
      thresholdMs: 2000,
      windowMs: 300_000,
      cooldownMs: 300_000,
      channels: ['console'],
    },
    resourceUsage: {
      enabled: true,
      memoryThreshold: 0.8,
      cpuThreshold: 0.9,
      cooldownMs: 300_000,
      channels: ['console', 'log_file'],
    },
    externalServiceFailure: {
      enabled: true,
      consecutiveFailures: 3,
      cooldownMs: 300_000,
      channels: ['console', 'log_file'],
    },
  });
});

test('S2-58 to S2-61: the numbers of seed 002 load and mean what they say', () => {
  const { outputs, errorsFile } = load(seed002).config.logging;
  expect(outputs).toEqual([
    { console: 'pretty', level: 'INFO' },
    { path: 'logs/auralis.log', level: 'INFO', maxSizeBytes: 100_000_000, retentionDays: 30, compress: true },
  ]);
  expect(errorsFile).toEqual({
    path: 'logs/errors.log',
    level: 'ERROR',
    maxSizeBytes: 50_000_000,
    retentionDays: 90,
  });
});

test('S4-29 to S4-31: the health thresholds of seed 004 load in its spelling and mean what they say', () => {
  expect(load(seed004).config.health.service).toEqual({
    successRateThreshold: 0.8,
    minimumOperations: 5,
    slowMs: 5000,
    responseTimes: 100,
    windowMs: 300_000,
  });
});

test('without a file the defaults are those of the seeds and of the design', () => {
  const { config } = loadConfiguration(definition, { environment: {} });
  expect(config.logging).toMatchObject({ level: 'INFO', outputs: [{ console: 'pretty' }] });
  expect(config.health.monitor.intervalMs).toBe(10_000);
  expect(config.health.service).toEqual(load(seed004).config.health.service);
  expect(config.alerts).toEqual(load(seed001).config.alerts);
});

test('a file has the values of rotation unless it has its own, and none when rotation is off', () => {
  const files = (text: string) => load(text).config.logging.outputs;
  expect(
    files('logging: {rotation: {maxSize: 5MB}, output: [{file: a.log}, {file: b.log, maxSize: 1MiB}]}'),
  ).toEqual([
    { path: 'a.log', maxSizeBytes: 5_000_000 },
    { path: 'b.log', maxSizeBytes: 1_048_576 },
  ]);
  expect(files('logging: {rotation: {enabled: false}, output: [{file: a.log, maxSize: 1MB}]}')).toEqual([
    { path: 'a.log', maxSizeBytes: Number.MAX_SAFE_INTEGER },
  ]);
  expect(files('logging: {output: [{console: false}]}')).toEqual([]);
});

test.each([
  ['logging: {output: [{level: INFO}]}', 'logging.output[0] must have either file or console'],
  [
    'logging: {output: [{file: a.log, retention: 30}]}',
    'must be a time with its unit, such as 30 days, 1 ms or more; got 30',
  ],
  ['logging: {output: [{file: a.log, maxSize: 10}]}', 'or a number of bytes, 1024 bytes or more; got 10'],
  ['logging: {level: LOUD}', 'must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL; got "LOUD"'],
  [
    'alerts: {critical_errors: {treshold: 1}}',
    'alerts.criticalErrors.treshold is not a setting: did you mean "threshold"?',
  ],
  [
    'health: {interval: 0}',
    'health.interval must be a time, such as 250ms, 5m, 30 days or a number of seconds, 1 ms or more; got 0',
  ],
])('%s is refused', (text, message) => {
  expect(() => load(text)).toThrow(message);
});
