import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Signals, systemClock } from '@sustain/kernel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  cpuCheck,
  diskCheck,
  eventLoopCheck,
  eventLoopWatch,
  HealthMonitor,
  memoryCheck,
  performanceCheck,
  ServiceHealth,
} from '../../health/index.ts';
import { createLogging } from '../../log/index.ts';
import { createMetrics } from '../../metrics/index.ts';
import { PerformanceMonitor } from '../../performance/index.ts';
import { createServer } from '../../server/index.ts';
import { defineConfiguration, loadConfiguration } from '../index.ts';
import { seed001, seed002 } from '../seeds.fixture.ts';
import * as sections from './index.ts';

const definition = defineConfiguration({
  logging: sections.loggingSection,
  metrics: sections.metricsSection,
  health: sections.healthSection,
  performance: sections.performanceSection,
  server: sections.serverSection,
  stores: sections.storesSection,
  alerts: sections.alertsSection,
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sustain-sections-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(text: string) {
  const file = join(folder, 'sustain.yaml');
  writeFileSync(file, text);
  return loadConfiguration(definition, { file, environment: {} });
}

test.each([
  ['seed 001', seed001, 'bot.log'],
  ['seed 002', seed002, 'auralis.log'],
])('the logging of %s writes its files', async (_seed, text, file) => {
  const { config } = load(text.replaceAll('logs/', `${folder}/`));
  const logging = createLogging(config.logging);
  logging.logger('avatar').info('started');
  logging.logger('avatar').error('device lost');
  await logging.close();
  const lines = readFileSync(join(folder, file), 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).message)).toEqual(['started', 'device lost']);
  expect(readFileSync(join(folder, 'errors.log'), 'utf8')).toContain('device lost');
});

test('the defaults are what the parts take, and what they have by themselves', async () => {
  const { config } = loadConfiguration(definition, { environment: { SUSTAIN_PORT: '0' } });
  const signals = new Signals();
  const health = new HealthMonitor({ ...config.health.monitor, clock: systemClock });
  const performance = new PerformanceMonitor(config.performance);
  const watch = eventLoopWatch({ ...config.health.eventLoopWatch, thread: false });
  health.add(
    'process',
    memoryCheck(config.health.memory),
    cpuCheck(config.health.cpu),
    diskCheck({ ...config.health.disk, path: folder }),
    eventLoopCheck(watch, config.health.eventLoop),
    performanceCheck(performance, config.health.performance),
  );
  const service = new ServiceHealth({ ...config.health.service, name: 'sessions' });
  expect(service.status()).toMatchObject({ successRateThreshold: 0.8, slowMs: 5000 });
  expect((await health.runHealthChecks()).checks).toHaveLength(5);
  watch.close();

  createMetrics(config.metrics).close();
  const server = createServer({ ...config.server, health, clock: systemClock, signals });
  const url = await server.start();
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
  await server.stop();
});

test('the tokens of a file let in', async () => {
  const token = 'correct-horse-battery';
  const { config } = load(`server: {port: 0, tokens: [{name: ann, token: ${token}}]}`);
  const health = new HealthMonitor({ clock: systemClock });
  const server = createServer({ ...config.server, health, clock: systemClock, signals: new Signals() });
  const url = await server.start();
  const statusWith = async (headers: Record<string, string>) =>
    (await fetch(`${url}/health`, { headers })).status;
  expect(await statusWith({})).toBe(401);
  expect(await statusWith({ authorization: `Bearer ${token}` })).toBe(200);
  await server.stop();
});

test.each([
  ['server: {port: 70000}', 'server.port must be a whole number from 0 to 65535; got 70000'],
  [
    'server: {tokens: hunter2hunter2hunter2}',
    'server.tokens must be a list; got a text of 21 characters ([redacted])',
  ],
  [
    'server: {tokens: [{name: a, tokn: hunter2hunter2}]}',
    'server.tokens[0].tokn is not a setting: did you mean "token"?',
  ],
  ['server: {rates: {loopback: {perSecond: 0, burst: 1}}}', 'perSecond must be a number above 0; got 0'],
  [
    'server: {requestTimeoutMs: 2h}',
    'server.requestTimeoutMs must be a number of milliseconds, or a time such as 5s, 1 ms or more, 3600000 ms or less; got "2h"',
  ],
  ['metrics: {maxSeries: -1}', 'metrics.maxSeries must be a whole number of 1 or more; got -1'],
  ['health: {memory: {degraded: 99%}}', 'health.memory must not be unhealthy before it is degraded'],
  ['health: {disk: {degradedBelow: 1MB}}', 'health.disk must not be unhealthy before it is degraded'],
])('%s is refused', (text, message) => {
  expect(() => load(text)).toThrow(message);
  expect(() => load(text)).not.toThrow('hunter2');
});
